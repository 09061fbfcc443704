/* Q4_0, Q4_1, Q5_0, Q5_1 without importance, and Q8_0: so little work that a block alone is faster than several. */
#ifndef ONE_BLOCK_H
#define ONE_BLOCK_H

#include "lanes.h"

#define BLOCK 32

INLINE void write_half(float value, uint8_t *out)
{
    const int half = half_of(value);
    out[0] = (uint8_t)half;
    out[1] = (uint8_t)(half >> 8);
}

/* Two levels of four bits in a byte: 16 apart. */
INLINE void write_fours(const uint8_t *levels, uint8_t *out)
{
    for (int i = 0; i < BLOCK / 2; ++i)
        out[i] = (levels[i] & 15) | levels[i + BLOCK / 2] << 4;
}

/* The fifth bits of all levels in four bytes, and the others. */
INLINE void write_fives(const uint8_t *levels, uint8_t *out)
{
    for (int i = 0; i < 4; ++i) {
        uint64_t eight;
        memcpy(&eight, levels + 8 * i, sizeof eight);
        out[i] = (eight >> 4 & 0x0101010101010101) * 0x0102040810204080 >> 56; /* bit 0 of byte n becomes bit n */
    }
    write_fours(levels, out + 4);
}

/* The largest magnitude. As integers, for compilers do not reorder comparisons of floats. */
INLINE float largest(const float *x)
{
    int32_t found = 0;
    for (int i = 0; i < BLOCK; ++i) {
        const int32_t one = bits_of(x[i]) & INT32_MAX;
        found = one > found ? one : found;
    }
    return float_of(found);
}

/* The first value that has the largest magnitude. */
INLINE float first_largest(const float *x)
{
    const float magnitude = largest(x);
    int above = 0, below = 0;
    for (int i = 0; i < BLOCK; ++i) {
        above |= x[i] == magnitude;
        below |= x[i] == -magnitude;
    }
    if (magnitude == 0 || !below)
        return magnitude;
    if (!above)
        return -magnitude;
    int i = 0;
    while (fabsf(x[i]) != magnitude)
        ++i;
    return x[i];
}

/* The order of floats as that of integers, and back. */
INLINE int32_t ordered(int32_t bits)
{
    return bits ^ (bits >> 31 & INT32_MAX);
}

/* Of zeros, ggml keeps the first one's sign. */
INLINE float with_sign_of_first(float value, const float *x)
{
    int i = 0;
    if (value != 0)
        return value;
    while (x[i] != 0)
        ++i;
    return x[i];
}

/* ggml-quants.c, quantize_row_q4_0_ref and quantize_row_q5_0_ref: d, and levels of which `top` is 0. */
INLINE void encode_scaled_block(const int top, const float *x, uint8_t *out, uint8_t *levels)
{
    const float scale = first_largest(x) / -top;
    const float factor = scale != 0 ? 1 / scale : 0;
    write_half(scale, out);
    for (int i = 0; i < BLOCK; ++i) {
        const int level = whole(x[i] * factor + (top + 0.5f));
        levels[i] = level < 2 * top - 1 ? level : 2 * top - 1;
    }
}

/* ggml-quants.c, quantize_row_q4_1_ref and quantize_row_q5_1_ref: d and m, and levels from 0 to top. */
INLINE void encode_affine_block(const int top, const float *x, uint8_t *out, uint8_t *levels)
{
    int32_t lowest = INT32_MAX, highest = INT32_MIN;
    for (int i = 0; i < BLOCK; ++i) {
        const int32_t one = ordered(bits_of(x[i]));
        lowest = one < lowest ? one : lowest;
        highest = one > highest ? one : highest;
    }
    const float min = with_sign_of_first(float_of(ordered(lowest)), x);
    const float max = with_sign_of_first(float_of(ordered(highest)), x);
    const float scale = (max - min) / top;
    const float factor = scale != 0 ? 1 / scale : 0;
    write_half(scale, out);
    write_half(min, out + 2);
    for (int i = 0; i < BLOCK; ++i) {
        const int level = whole((x[i] - min) * factor + 0.5f);
        levels[i] = level < top ? level : top;
    }
}

static void encode_q4_0_block(const float *x, uint8_t *out)
{
    uint8_t levels[BLOCK];
    encode_scaled_block(8, x, out, levels);
    write_fours(levels, out + 2);
}

static void encode_q5_0_block(const float *x, uint8_t *out)
{
    uint8_t levels[BLOCK];
    encode_scaled_block(16, x, out, levels);
    write_fives(levels, out + 2);
}

static void encode_q4_1_block(const float *x, uint8_t *out)
{
    uint8_t levels[BLOCK];
    encode_affine_block(15, x, out, levels);
    write_fours(levels, out + 4);
}

static void encode_q5_1_block(const float *x, uint8_t *out)
{
    uint8_t levels[BLOCK];
    encode_affine_block(31, x, out, levels);
    write_fives(levels, out + 4);
}

/* ggml-quants.c, quantize_row_q8_0_ref. */
static void encode_q8_0_block(const float *x, uint8_t *out)
{
    const float scale = largest(x) / 127;
    const float factor = scale != 0 ? 1 / scale : 0;
    write_half(scale, out);
    for (int i = 0; i < BLOCK; ++i) {
        const float value = x[i] * factor;
        out[2 + i] = (uint8_t)whole(value + copysignf(0x1.fffffep-2f, value)); /* roundf: ties away from 0 */
    }
}

#endif
