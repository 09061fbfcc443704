/* K-quants back into float32, as ggml's dequantize_row_* in ggml-quants.c. */
#ifndef DECODE_K_BLOCKS_H
#define DECODE_K_BLOCKS_H

#include "decode_blocks.h"

#define TWO_PARTS 32 /* values whose levels are in neighbouring bytes, at the same bits of each */

static const float NO_LOWS[2] = {0};

/* Levels in two parts of 16, each with a scale and a minimum of its own. */
INLINE void two_parts(const int *levels, const float *scales, const float *lows, float *restrict values)
{
    for (int part = 0; part < 2; ++part)
        for (int i = 0; i < 16; ++i)
            values[16 * part + i] = scales[part] * levels[16 * part + i] - lows[part];
}

static void decode_q2_k(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    int levels[TWO_PARTS];
    for (; count--; blocks += 84) {
        const float d = read_half(blocks + 80), dmin = read_half(blocks + 82);
        for (int pair = 0; pair < 8; ++pair, values += TWO_PARTS) {
            const uint8_t *twos = blocks + 16 + 32 * (pair / 4), *both = blocks + 2 * pair;
            const float scales[2] = {d * (both[0] & 15), d * (both[1] & 15)};
            const float lows[2] = {dmin * (both[0] >> 4), dmin * (both[1] >> 4)};
            for (int i = 0; i < TWO_PARTS; ++i)
                levels[i] = twos[i] >> 2 * (pair % 4) & 3;
            two_parts(levels, scales, lows, values);
        }
    }
}

/* Scale `part` of sixteen, as pack_q3_k_scales has put it. */
INLINE int q3_k_scale(const uint8_t *packed, int part)
{
    const int low = packed[part % 8] >> 4 * (part / 8) & 15, high = packed[8 + part % 4] >> 2 * (part / 4) & 3;
    return low | high << 4;
}

static void decode_q3_k(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    int levels[TWO_PARTS];
    for (; count--; blocks += 110) {
        const float d = read_half(blocks + 108);
        for (int pair = 0; pair < 8; ++pair, values += TWO_PARTS) {
            const uint8_t *high = blocks, *low = blocks + 32 + 32 * (pair / 4);
            const int one = q3_k_scale(blocks + 96, 2 * pair), other = q3_k_scale(blocks + 96, 2 * pair + 1);
            const float scales[2] = {d * (one - 32), d * (other - 32)};
            for (int i = 0; i < TWO_PARTS; ++i)
                levels[i] = (low[i] >> 2 * (pair % 4) & 3) + (high[i] >> pair & 1) * 4 - 4;
            two_parts(levels, scales, NO_LOWS, values);
        }
    }
}

/* Scale and minimum `part` of eight, as pack_sixes has put them: ggml-quants.c, get_scale_min_k4. */
INLINE int q4_k_scale(const uint8_t *packed, int part)
{
    return part < 4 ? packed[part] & 63 : (packed[4 + part] & 15) | (packed[part - 4] >> 6) << 4;
}

INLINE int q4_k_low(const uint8_t *packed, int part)
{
    return part < 4 ? packed[4 + part] & 63 : packed[4 + part] >> 4 | (packed[part] >> 6) << 4;
}

/* `fifths`: the fifth bits of all levels, or NULL. */
INLINE void decode_in_eights(const uint8_t *restrict block, const uint8_t *restrict fifths, const uint8_t *restrict fours,
                             float *restrict values)
{
    const float d = read_half(block), dmin = read_half(block + 2);
    int levels[32];
    for (int part = 0; part < 8; ++part, values += 32) {
        const float scale = d * q4_k_scale(block + 4, part), low = dmin * q4_k_low(block + 4, part);
        for (int i = 0; i < 32; ++i)
            levels[i] = fours[32 * (part / 2) + i] >> 4 * (part % 2) & 15;
        for (int i = 0; i < 32 && fifths; ++i)
            levels[i] |= (fifths[i] >> part & 1) << 4;
        for (int i = 0; i < 32; ++i)
            values[i] = scale * levels[i] - low;
    }
}

static void decode_q4_k(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 144, values += K_BLOCK)
        decode_in_eights(blocks, NULL, blocks + 16, values);
}

static void decode_q5_k(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 176, values += K_BLOCK)
        decode_in_eights(blocks, blocks + 16, blocks + 48, values);
}

static void decode_q6_k(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    int levels[TWO_PARTS];
    for (; count--; blocks += 210) {
        const float d = read_half(blocks + 208);
        const int8_t *factors = (const int8_t *)blocks + 192;
        for (int pair = 0; pair < 8; ++pair, values += TWO_PARTS, factors += 2) {
            const uint8_t *low = blocks + 64 * (pair / 4) + 32 * (pair % 2), *high = blocks + 128 + 32 * (pair / 4);
            const int low_shift = 4 * (pair % 4 / 2), high_shift = 2 * (pair % 4);
            const float scales[2] = {d * factors[0], d * factors[1]};
            for (int i = 0; i < TWO_PARTS; ++i)
                levels[i] = ((low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4) - 32;
            two_parts(levels, scales, NO_LOWS, values);
        }
    }
}

#endif
