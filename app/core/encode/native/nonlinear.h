/* IQ4_NL, IQ4_XS and MXFP4: levels of four bits that stand for values in a table. */
#ifndef NONLINEAR_H
#define NONLINEAR_H

#include "blocks_of_32.h"

/* ggml-common.h, kvalues_iq4nl. */
static const int8_t IQ4_VALUES[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

/* ggml-quants.c, best_index_int8: the nearest value, the upper one halfway. */
INLINE int nearest_iq4(float value)
{
    int index = 0;
    for (int i = 1; i < 16; ++i)
        index += !(value < 0.5f * (IQ4_VALUES[i - 1] + IQ4_VALUES[i]));
    return index;
}

/* The value itself. */
INLINE float rounded_iq4(float value)
{
    int sum = IQ4_VALUES[0];
    for (int i = 1; i < 16; ++i)
        sum += !(value < 0.5f * (IQ4_VALUES[i - 1] + IQ4_VALUES[i])) ? IQ4_VALUES[i] - IQ4_VALUES[i - 1] : 0;
    return sum;
}

/* ggml-quants.c, quantize_row_iq4_nl_impl: the scale of 32 values, with ntry 7. */
INLINE void find_iq4_scale(const lanes *x, const lanes *weights, lanes scale)
{
    lanes magnitude, max, best;
    find_largest(BLOCK, x, magnitude, max);
    EACH scale[k] = best[k] = 0;
    for (int s = -8; s <= 7; ++s) { /* the first is ggml's beginning */
        lanes factor, sum_xq, sum_q2;
        EACH {
            factor[k] = s == -8 ? 1 / (-max[k] / IQ4_VALUES[0]) : (s + IQ4_VALUES[0]) / max[k];
            sum_xq[k] = sum_q2[k] = 0;
        }
        for (int i = 0; i < BLOCK; ++i)
            EACH {
                const float q = rounded_iq4(factor[k] * x[i][k]), w = weights[i][k];
                sum_xq[k] += w * q * x[i][k];
                sum_q2[k] += w * q * q;
            }
        EACH {
            const bool better = (sum_q2[k] > 0) & ((s == -8) | (sum_xq[k] * sum_xq[k] > best[k] * sum_q2[k]));
            const float one = sum_xq[k] / sum_q2[k];
            scale[k] = better ? one : scale[k];
            best[k] = better ? one * sum_xq[k] : s == -8 ? 0 * sum_xq[k] : best[k];
        }
    }
    EACH scale[k] = magnitude[k] < NOTHING ? 0 : scale[k];
}

/* The weights of 32 values: their squares, or by importance with `mean`, which is that of the whole block's squares. */
INLINE void weigh_iq4(const lanes *x, const lanes *importance, const lanes mean, lanes *weights)
{
    if (importance)
        weigh(BLOCK, x, importance, mean, weights);
    else
        for (int i = 0; i < BLOCK; ++i)
            EACH weights[i][k] = x[i][k] * x[i][k];
}

INLINE void level_iq4(const lanes *x, const lanes scale, bytes *levels)
{
    for (int i = 0; i < BLOCK; ++i)
        EACH {
            const float factor = scale[k] != 0 ? 1 / scale[k] : 0;
            levels[i][k] = nearest_iq4(factor * x[i][k]);
        }
}

/* ggml-quants.c, quantize_iq4_nl. */
static void encode_iq4_nl(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    lanes mean, weights[BLOCK], scale;
    bytes levels[BLOCK];
    ints d;
    (void)row_mean;
    sum_of_squares(BLOCK, x, mean);
    EACH mean[k] *= 2.0f / BLOCK;
    weigh_iq4(x, importance, mean, weights);
    find_iq4_scale(x, weights, scale);
    EACH d[k] = half_of(scale[k]);
    put_half(out, d);
    level_iq4(x, scale, levels);
    pack_halves(levels, out + 2);
}

/* ggml-quants.c, quantize_iq4_xs. */
static void encode_iq4_xs(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    lanes mean, weights[BLOCK], scales[8], magnitude, max;
    bytes levels[BLOCK], scale[8];
    ints d;
    (void)row_mean;
    sum_of_squares(256, x, mean);
    EACH mean[k] *= 2.0f / 256;
    for (int j = 0; j < 8; ++j) {
        weigh_iq4(x + 32 * j, importance ? importance + 32 * j : NULL, mean, weights);
        find_iq4_scale(x + 32 * j, weights, scales[j]);
    }
    find_largest(8, scales, magnitude, max);
    EACH max[k] = -max[k] / 32;
    EACH d[k] = half_of(max[k]);
    put_half(out, d);
    for (int j = 0; j < 8; ++j) {
        lanes step;
        EACH {
            const float factor = max[k] != 0 ? 1 / max[k] : 0;
            const int level = clamp(nearest(factor * scales[j][k]), -32, 31);
            scale[j][k] = level + 32;
            step[k] = max[k] * level;
        }
        level_iq4(x + 32 * j, step, levels);
        pack_halves(levels, out + 8 + 16 * j);
    }
    for (int j = 0; j < 4; ++j)
        EACH out[4 + j][k] = (scale[2 * j][k] & 15) | scale[2 * j + 1][k] << 4;
    for (int j = 0; j < 2; ++j)
        EACH out[2 + j][k] = scale[4 * j][k] >> 4 | (scale[4 * j + 1][k] >> 4) << 2 | (scale[4 * j + 2][k] >> 4) << 4 |
                             (scale[4 * j + 3][k] >> 4) << 6;
}

/* 2^(exponent - 128): half of what E8M0 means, for ggml's table has doubled values (ggml_e8m0_to_fp32_half). */
INLINE float half_power_of_two(int exponent)
{
    return float_of(exponent < 2 ? 0x00200000 << exponent : (exponent - 1) << 23);
}

/* ggml-quants.c, quantize_row_mxfp4_ref. Importance changes nothing. */
static void encode_mxfp4(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    static const float VALUES[8] = {0, 1, 2, 3, 4, 6, 8, 12}; /* ggml-common.h, kvalues_fp4; then their negatives */
    lanes magnitude, max, half;
    bytes levels[BLOCK];
    (void)importance, (void)row_mean;
    find_largest(BLOCK, x, magnitude, max);
    EACH {
        /* ggml takes log2f, which is not the same everywhere; rounded from double it is, and glibc's for every float */
        const float power = floorf((float)log2((double)magnitude[k]));
        const int exponent = magnitude[k] > 0 ? (int)power - 2 + 127 : 0;
        out[0][k] = (uint8_t)exponent;
        half[k] = half_power_of_two(out[0][k]);
    }
    for (int i = 0; i < BLOCK; ++i)
        EACH {
            const float value = fabsf(x[i][k]);
            float least = fabsf(0 * half[k] - value);
            int best = 0;
            for (int j = 1; j < 8; ++j) {
                const float error = fabsf(VALUES[j] * half[k] - value);
                best = error < least ? j : best;
                least = error < least ? error : least;
            }
            levels[i][k] = best | (best && x[i][k] < 0 ? 8 : 0);
        }
    pack_halves(levels, out + 1);
}

#endif
