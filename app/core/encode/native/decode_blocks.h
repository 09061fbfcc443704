/* Blocks of 32 values, and of such parts, back into float32, as ggml's dequantize_row_* in ggml-quants.c. */
#ifndef DECODE_BLOCKS_H
#define DECODE_BLOCKS_H

#include "nonlinear.h"

INLINE float read_half(const uint8_t *at)
{
    return of_half(at[0] | at[1] << 8);
}

/* Levels of four bits, the second half of them in the high ones; `fifths` are the bits above, the first level's lowest. */
INLINE void read_levels(const uint8_t *restrict packed, uint32_t fifths, int *restrict levels)
{
    for (int i = 0; i < BLOCK / 2; ++i)
        levels[i] = (packed[i] & 15) | (fifths >> i & 1) << 4;
    for (int i = 0; i < BLOCK / 2; ++i)
        levels[i + BLOCK / 2] = packed[i] >> 4 | (fifths >> (i + BLOCK / 2) & 1) << 4;
}

INLINE uint32_t read_fifths(const uint8_t *at)
{
    return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Q4_0 and Q5_0, which say what the level of 0 is. */
INLINE void scaled(const uint8_t *packed, uint32_t fifths, int zero, float scale, float *restrict values)
{
    int levels[BLOCK];
    read_levels(packed, fifths, levels);
    for (int i = 0; i < BLOCK; ++i)
        values[i] = (levels[i] - zero) * scale;
}

/* Q4_1 and Q5_1. */
INLINE void scaled_and_shifted(const uint8_t *packed, uint32_t fifths, float scale, float low, float *restrict values)
{
    int levels[BLOCK];
    read_levels(packed, fifths, levels);
    for (int i = 0; i < BLOCK; ++i)
        values[i] = levels[i] * scale + low;
}

/* The value of each of a table's levels, times the scale: multiplied once for a level, not for each value. */
INLINE void looked_up(const uint8_t *restrict packed, const int8_t *table, float scale, float *restrict values)
{
    float scaled_table[16];
    for (int i = 0; i < 16; ++i)
        scaled_table[i] = table[i] * scale;
    for (int i = 0; i < BLOCK / 2; ++i) {
        values[i] = scaled_table[packed[i] & 15];
        values[i + BLOCK / 2] = scaled_table[packed[i] >> 4];
    }
}

static void decode_q4_0(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 18, values += BLOCK)
        scaled(blocks + 2, 0, 8, read_half(blocks), values);
}

static void decode_q4_1(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 20, values += BLOCK)
        scaled_and_shifted(blocks + 4, 0, read_half(blocks), read_half(blocks + 2), values);
}

static void decode_q5_0(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 22, values += BLOCK)
        scaled(blocks + 6, read_fifths(blocks + 2), 16, read_half(blocks), values);
}

static void decode_q5_1(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 24, values += BLOCK)
        scaled_and_shifted(blocks + 8, read_fifths(blocks + 4), read_half(blocks), read_half(blocks + 2), values);
}

static void decode_q8_0(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 34, values += BLOCK) {
        const float scale = read_half(blocks);
        for (int i = 0; i < BLOCK; ++i)
            values[i] = (int8_t)blocks[2 + i] * scale;
    }
}

static void decode_iq4_nl(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 18, values += BLOCK)
        looked_up(blocks + 2, IQ4_VALUES, read_half(blocks), values);
}

/* 256 values in eight parts with a scale of six bits each. */
static void decode_iq4_xs(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    for (; count--; blocks += 136, values += K_BLOCK) {
        const float scale = read_half(blocks);
        const int high = blocks[2] | blocks[3] << 8;
        for (int j = 0; j < 8; ++j) {
            const int level = (blocks[4 + j / 2] >> 4 * (j % 2) & 15) | (high >> 2 * j & 3) << 4;
            looked_up(blocks + 8 + 16 * j, IQ4_VALUES, scale * (level - 32), values + BLOCK * j);
        }
    }
}

static void decode_mxfp4(const uint8_t *restrict blocks, int64_t count, float *restrict values)
{
    static const int8_t VALUES[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}; /* no -0 */
    for (; count--; blocks += 17, values += BLOCK)
        looked_up(blocks + 1, VALUES, half_power_of_two(blocks[0]), values);
}

#endif
