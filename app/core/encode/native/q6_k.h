/* Q6_K: 256 values in sixteen parts, with a scale of eight bits for each. */
#ifndef Q6_K_H
#define Q6_K_H

#include "scaled_parts.h"

/* ggml-quants.c, quantize_row_q6_K_ref and _impl. */
static void encode_q6_k(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out)
{
    struct symmetric found[16];
    bytes levels[K_BLOCK];
    lanes magnitude, max, factor;
    ints d;
    (void)row_mean;
    EACH magnitude[k] = max[k] = 0;
    for (int j = 0; j < 16; ++j) {
        if (importance)
            find_symmetric(16, 32, x + 16 * j, importance + 16 * j, &found[j]);
        else
            find_symmetric(16, 32, x + 16 * j, NULL, &found[j]);
        EACH {
            const float one = fabsf(found[j].scale[k]);
            max[k] = one > magnitude[k] ? found[j].scale[k] : max[k];
            magnitude[k] = one > magnitude[k] ? one : magnitude[k];
        }
    }
    EACH {
        factor[k] = -128.0f / max[k];
        d[k] = half_of(1 / factor[k]);
    }
    for (int j = 0; j < 16; ++j) {
        lanes step;
        EACH {
            const int scale = nearest(factor[k] * found[j].scale[k]);
            out[192 + j][k] = scale < 127 ? scale : 127;
            step[k] = of_half(d[k]) * (int8_t)out[192 + j][k];
        }
        level_by_scale(16, 32, x + 16 * j, step, levels + 16 * j);
        EACH
            if (step[k] == 0)
                for (int i = 0; i < 16; ++i)
                    levels[16 * j + i][k] = symmetric_level_of(&found[j], k, x[16 * j + i][k], 32);
    }
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 32; ++i)
            EACH {
                const bytes *at = levels + 128 * half + i;
                out[64 * half + i][k] = (at[0][k] & 15) | at[64][k] << 4;
                out[64 * half + 32 + i][k] = (at[32][k] & 15) | at[96][k] << 4;
                out[128 + 32 * half + i][k] =
                    at[0][k] >> 4 | (at[32][k] >> 4) << 2 | (at[64][k] >> 4) << 4 | (at[96][k] >> 4) << 6;
            }
    put_half(out + 208, d);
    EACH
        if (magnitude[k] < NOTHING)
            for (int i = 0; i < 210; ++i)
                out[i][k] = 0;
}

#endif
