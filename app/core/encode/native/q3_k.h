/* Q3_K: 256 values in sixteen parts, with a scale of six bits for each. */
#ifndef Q3_K_H
#define Q3_K_H

#include "scaled_parts.h"
#include "twos.h"

/* Sixteen scales of six bits in twelve bytes: the low four of two parts in one, the high two of four in one. */
INLINE void pack_q3_k_scales(const bytes *scale, bytes *out)
{
    for (int j = 0; j < 8; ++j)
        EACH out[j][k] = (scale[j][k] & 15) | scale[j + 8][k] << 4;
    for (int j = 0; j < 4; ++j)
        EACH out[8 + j][k] = scale[j][k] >> 4 | (scale[j + 4][k] >> 4) << 2 | (scale[j + 8][k] >> 4) << 4 |
                             (scale[j + 12][k] >> 4) << 6;
}

/* The scales as ggml rounds them without importance: all by the largest. `scale` are theirs + 32. */
INLINE void round_q3_k(const lanes *scales, bytes *scale, ints d)
{
    lanes magnitude, max;
    find_largest(PARTS, scales, magnitude, max);
    EACH d[k] = half_of(max[k] != 0 ? 1 / (-32.0f / max[k]) : 0);
    for (int j = 0; j < PARTS; ++j)
        EACH {
            const int rounded = (int8_t)nearest(-32.0f / max[k] * scales[j][k]);
            scale[j][k] = max[k] != 0 ? (rounded < 31 ? rounded : 31) + 32 : 0;
        }
}

/* ggml-quants.c, quantize_row_q3_K_ref and _impl. */
static void encode_q3_k(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    lanes scales[PARTS], mean;
    bytes levels[K_BLOCK], scale[PARTS];
    ints d;
    (void)row_mean;
    if (importance) {
        lanes weights[16], sums[PARTS];
        struct symmetric found;
        sum_of_squares(K_BLOCK, x, mean);
        EACH mean[k] = 2 * mean[k] / K_BLOCK;
        for (int j = 0; j < PARTS; ++j) {
            weigh(16, x + 16 * j, importance + 16 * j, mean, weights);
            sum_up(16, weights, sums[j]);
            find_symmetric(16, 4, x + 16 * j, weights, &found);
            memcpy(scales[j], found.scale, sizeof(lanes));
            for (int i = 0; i < 16; ++i)
                EACH levels[16 * j + i][k] = symmetric_level_of(&found, k, x[16 * j + i][k], 4);
        }
        find_symmetric(PARTS, 32, scales, sums, &found);
        for (int j = 0; j < PARTS; ++j)
            EACH scale[j][k] = symmetric_level_of(&found, k, scales[j][k], 32);
        EACH d[k] = half_of(found.scale[k]);
    } else {
        for (int j = 0; j < PARTS; ++j)
            find_by_descent(16, 4, x + 16 * j, levels + 16 * j, scales[j]);
        round_q3_k(scales, scale, d);
    }
    for (int j = 0; j < PARTS; ++j) {
        lanes step;
        EACH step[k] = of_half(d[k]) * (scale[j][k] - 32);
        level_by_scale(16, 4, x + 16 * j, step, levels + 16 * j);
    }
    for (int i = 0; i < 32; ++i)
        EACH {
            int high = 0;
            for (int j = 0; j < 8; ++j)
                high |= (levels[32 * j + i][k] >> 2) << j;
            out[i][k] = high;
        }
    pack_twos(levels, out + 32);
    pack_q3_k_scales(scale, out + 96);
    put_half(out + 108, d);
}

#endif
