/* Q2_K: 256 values in sixteen parts, with a scale and a minimum of four bits for each. */
#ifndef Q2_K_H
#define Q2_K_H

#include "affine_parts.h"
#include "positive.h"
#include "twos.h"

/* ggml-quants.c, quantize_row_q2_K_ref: scales low and minima high in their bytes, as if C's int were kept. */
INLINE void round_q2_k(const struct scale_and_min *found, bytes *out, ints d, ints dmin)
{
    lanes scale, low;
    step_of(16, 15, found, false, scale, d);
    step_of(16, 15, found, true, low, dmin);
    for (int j = 0; j < 16; ++j)
        EACH {
            const int one = scale[k] > 0 ? nearest(15.0f / scale[k] * found[j].scale[k]) : 0;
            const int other = low[k] > 0 ? nearest(15.0f / low[k] * found[j].low[k]) << 4 : 0;
            out[j][k] = (uint8_t)(one | other);
        }
}

/* ggml-quants.c, quantize_row_q2_K_ref and _impl. */
static void encode_q2_k(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    struct scale_and_min found[16];
    lanes weights[16], mean, sums[16], scales[16], lows[16];
    bytes levels[K_BLOCK], scale[16], low[16];
    ints d, dmin;
    (void)row_mean;
    if (importance) {
        sum_of_squares(K_BLOCK, x, mean);
        EACH mean[k] /= K_BLOCK;
    }
    for (int j = 0; j < 16; ++j) {
        const lanes *part = x + 16 * j;
        if (importance) {
            weigh(16, part, importance + 16 * j, mean, weights);
            sum_up(16, weights, sums[j]);
            find_scale_and_min(16, 3, part, weights, -0.9f, 0.05f, 36, false, true, &found[j]);
            memcpy(scales[j], found[j].scale, sizeof(lanes));
            memcpy(lows[j], found[j].low, sizeof(lanes));
        } else {
            for (int i = 0; i < 16; ++i)
                EACH weights[i][k] = fabsf(part[i][k]);
            find_scale_and_min(16, 3, part, weights, -0.5f, 0.1f, 15, true, false, &found[j]);
        }
    }
    if (importance) {
        lanes scale_step, low_step;
        find_positive_scale(16, 15, scales, sums, scale, scale_step);
        find_positive_scale(16, 15, lows, sums, low, low_step);
        EACH d[k] = half_of(scale_step[k]);
        EACH dmin[k] = half_of(low_step[k]);
        for (int j = 0; j < 16; ++j)
            EACH out[j][k] = (uint8_t)(scale[j][k] | low[j][k] << 4);
    } else
        round_q2_k(found, out, d, dmin);
    for (int j = 0; j < 16; ++j) {
        lanes step, shift;
        EACH step[k] = of_half(d[k]) * (out[j][k] & 15);
        EACH shift[k] = of_half(dmin[k]) * (out[j][k] >> 4);
        level_by_scale_and_min(16, 3, x + 16 * j, &found[j], step, shift, levels + 16 * j);
    }
    pack_twos(levels, out + 16);
    put_half(out + 80, d);
    put_half(out + 82, dmin);
}

#endif
