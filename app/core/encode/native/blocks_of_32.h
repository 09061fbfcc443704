/* Q4_0, Q4_1, Q5_0 and Q5_1 by importance: 32 values with a scale of float16, and with a minimum or without. */
#ifndef BLOCKS_OF_32_H
#define BLOCKS_OF_32_H

#include "one_block.h"
#include "scale_and_min.h"
#include "symmetric.h"

/* Two levels of four bits in a byte: 16 apart. */
INLINE void pack_halves(const bytes *levels, bytes *out)
{
    for (int i = 0; i < BLOCK / 2; ++i)
        EACH out[i][k] = (levels[i][k] & 15) | levels[i + BLOCK / 2][k] << 4;
}

/* The fifth bits of all levels in four bytes, and the others. */
INLINE void pack_fives(const bytes *levels, bytes *out)
{
    for (int b = 0; b < 4; ++b)
        EACH {
            int fifths = 0;
            for (int i = 0; i < 8; ++i)
                fifths |= (levels[8 * b + i][k] >> 4 & 1) << i;
            out[b][k] = fifths;
        }
    pack_halves(levels, out + 4);
}

/* Q4_0 and Q5_0: d, and levels of which `top` is 0. */
INLINE void encode_scaled(const int top, const lanes *x, const lanes *importance, const lanes row_mean, ints d,
                          bytes *levels)
{
    lanes weights[BLOCK];
    struct symmetric found;
    weigh(BLOCK, x, importance, row_mean, weights);
    find_symmetric(BLOCK, top, x, weights, &found);
    EACH d[k] = half_of(found.scale[k]);
    for (int i = 0; i < BLOCK; ++i)
        EACH levels[i][k] = symmetric_level_of(&found, k, x[i][k], top);
}

/* Q4_1 and Q5_1: d, m, and levels from 0 to top. */
INLINE void encode_affine(const int top, const lanes *x, const lanes *importance, const lanes row_mean, ints d, ints m,
                          bytes *levels)
{
    lanes weights[BLOCK];
    struct scale_and_min found;
    weigh(BLOCK, x, importance, row_mean, weights);
    find_scale_and_min(BLOCK, top, x, weights, -0.9f, 0.05f, 36, false, true, &found);
    EACH d[k] = half_of(found.scale[k]);
    EACH m[k] = half_of(-found.low[k]);
    for (int i = 0; i < BLOCK; ++i)
        EACH levels[i][k] = level_of(&found, k, x[i][k], top);
}

/* ggml-quants.c, quantize_row_q4_0_impl. */
static void encode_q4_0(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[BLOCK];
    ints d;
    encode_scaled(8, x, importance, row_mean, d, levels);
    put_half(out, d);
    pack_halves(levels, out + 2);
}

/* ggml-quants.c, quantize_row_q5_0_impl. */
static void encode_q5_0(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[BLOCK];
    ints d;
    encode_scaled(16, x, importance, row_mean, d, levels);
    put_half(out, d);
    pack_fives(levels, out + 2);
}

/* ggml-quants.c, quantize_row_q4_1_impl. */
static void encode_q4_1(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[BLOCK];
    ints d, m;
    encode_affine(15, x, importance, row_mean, d, m, levels);
    put_half(out, d);
    put_half(out + 2, m);
    pack_halves(levels, out + 4);
}

/* ggml-quants.c, quantize_row_q5_1_impl. */
static void encode_q5_1(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[BLOCK];
    ints d, m;
    encode_affine(31, x, importance, row_mean, d, m, levels);
    put_half(out, d);
    put_half(out + 2, m);
    pack_fives(levels, out + 4);
}

#endif
