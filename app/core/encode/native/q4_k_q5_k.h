/* Q4_K and Q5_K: 256 values in eight parts of 32, with a scale and a minimum of six bits for each. */
#ifndef Q4_K_Q5_K_H
#define Q4_K_Q5_K_H

#include "affine_parts.h"
#include "positive.h"

/* Two levels of four bits in a byte: 32 apart, as Q4_K and Q5_K have them. */
INLINE void pack_fours(const bytes *levels, bytes *out)
{
    for (int pair = 0; pair < 4; ++pair)
        for (int i = 0; i < 32; ++i)
            EACH out[32 * pair + i][k] = (levels[64 * pair + i][k] & 15) | levels[64 * pair + 32 + i][k] << 4;
}

/* Scales and minima of eight sub-blocks, six bits each, in twelve bytes. */
INLINE void pack_sixes(const bytes *scales, const bytes *lows, bytes *out)
{
    for (int j = 0; j < 4; ++j)
        EACH {
            out[j][k] = scales[j][k] | (scales[j + 4][k] >> 4) << 6;
            out[j + 4][k] = lows[j][k] | (lows[j + 4][k] >> 4) << 6;
            out[j + 8][k] = (scales[j + 4][k] & 15) | (lows[j + 4][k] & 15) << 4;
        }
}

/* Q4_K and Q5_K: d, dmin and packed scales into the first 16 bytes of `out`, and the levels of 256 values. */
INLINE void encode_in_eights(const int top, const float first, const int steps, const lanes *x, const lanes *importance,
                             bytes *out, bytes *levels)
{
    struct scale_and_min found[8];
    lanes weights[32], mean, sums[8], scales[8], lows[8];
    bytes scale[8], low[8];
    ints d, dmin;
    if (importance) {
        sum_of_squares(K_BLOCK, x, mean);
        EACH mean[k] = 2 * mean[k] / K_BLOCK;
    }
    for (int j = 0; j < 8; ++j) {
        const lanes *part = x + 32 * j;
        if (importance) {
            weigh(32, part, importance + 32 * j, mean, weights);
            sum_up(32, weights, sums[j]);
            find_scale_and_min(32, top, part, weights, -0.9f, 0.05f, 36, false, true, &found[j]);
            memcpy(scales[j], found[j].scale, sizeof(lanes));
            memcpy(lows[j], found[j].low, sizeof(lanes));
            continue;
        }
        sum_of_squares(32, part, mean);
        EACH mean[k] = sqrtf(mean[k] / 32);
        for (int i = 0; i < 32; ++i)
            EACH weights[i][k] = mean[k] + fabsf(part[i][k]);
        find_scale_and_min(32, top, part, weights, first, 0.1f, steps, false, false, &found[j]);
    }
    if (importance) {
        lanes scale_step, low_step;
        find_positive_scale(8, 63, scales, sums, scale, scale_step);
        find_positive_scale(8, 63, lows, sums, low, low_step);
        EACH d[k] = half_of(scale_step[k]);
        EACH dmin[k] = half_of(low_step[k]);
        if (top == 31) /* quantize_row_q5_K_impl has this, quantize_row_q4_K_impl has not */
            for (int j = 0; j < 8; ++j)
                EACH {
                    scale[j][k] = scale[j][k] < 63 ? scale[j][k] : 63;
                    low[j][k] = low[j][k] < 63 ? low[j][k] : 63;
                }
    } else {
        lanes max_scale, max_low;
        step_of(8, 63, found, false, max_scale, d);
        step_of(8, 63, found, true, max_low, dmin);
        EACH {
            max_scale[k] = max_scale[k] > 0 ? 63.0f / max_scale[k] : 0;
            max_low[k] = max_low[k] > 0 ? 63.0f / max_low[k] : 0;
        }
        for (int j = 0; j < 8; ++j)
            EACH {
                const int one = nearest(max_scale[k] * found[j].scale[k]) & 0xff;
                const int other = nearest(max_low[k] * found[j].low[k]) & 0xff;
                scale[j][k] = one < 63 ? one : 63;
                low[j][k] = other < 63 ? other : 63;
            }
    }
    put_half(out, d);
    put_half(out + 2, dmin);
    pack_sixes(scale, low, out + 4);
    for (int j = 0; j < 8; ++j) {
        lanes step, shift;
        EACH {
            /* as get_scale_min_k4 reads them back */
            const int one = j < 4 ? out[4 + j][k] & 63 : (out[8 + j][k] & 15) | (out[j][k] >> 6) << 4;
            const int other = j < 4 ? out[8 + j][k] & 63 : out[8 + j][k] >> 4 | (out[4 + j][k] >> 6) << 4;
            step[k] = of_half(d[k]) * one;
            shift[k] = of_half(dmin[k]) * other;
        }
        level_by_scale_and_min(32, top, x + 32 * j, &found[j], step, shift, levels + 32 * j);
    }
}

/* ggml-quants.c, quantize_row_q4_K_ref and _impl. */
static void encode_q4_k(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[K_BLOCK];
    (void)row_mean;
    encode_in_eights(15, -1.0f, 20, x, importance, out, levels);
    pack_fours(levels, out + 16);
}

/* ggml-quants.c, quantize_row_q5_K_ref and _impl. */
static void encode_q5_k(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    bytes levels[K_BLOCK];
    (void)row_mean;
    encode_in_eights(31, -0.5f, 15, x, importance, out, levels);
    for (int i = 0; i < 32; ++i)
        EACH {
            int fifths = 0;
            for (int j = 0; j < 8; ++j)
                fifths |= (levels[32 * j + i][k] >> 4) << j;
            out[16 + i][k] = fifths;
        }
    pack_fours(levels, out + 48);
}

#endif
