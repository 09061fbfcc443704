/* The search for a scale of what is not negative: values ≈ scale · level, with levels from 0 to `top`. */
#ifndef POSITIVE_H
#define POSITIVE_H

#include "lanes.h"

/* ggml-quants.c, make_qp_quants, for the scales and the minima of a block's parts.
 *
 * Not inlined: so little is its share that compiling it six times is not worth the time. */
static __attribute__((noinline)) void find_positive_scale(const int count, const int top, const lanes *x,
                                                          const lanes *weights, bytes *levels, lanes scale)
{
    lanes max, best, factor, reverse, sum_xl, sum_l2;
    EACH max[k] = 0;
    for (int i = 0; i < count; ++i)
        EACH max[k] = max[k] > x[i][k] ? max[k] : x[i][k];
    EACH {
        factor[k] = top / max[k];
        reverse[k] = 1 / factor[k];
        best[k] = sum_xl[k] = sum_l2[k] = 0;
    }
    for (int i = 0; i < count; ++i)
        EACH {
            const float off = x[i][k] - reverse[k] * (nearest(factor[k] * x[i][k]) & 0xff);
            best[k] += weights[i][k] * off * off;
        }
    for (int s = -4; s <= 4; ++s) {
        if (s == 0)
            continue;
        lanes other, error;
        EACH {
            other[k] = (0.1f * s + top) / max[k];
            reverse[k] = 1 / other[k];
            error[k] = 0;
        }
        for (int i = 0; i < count; ++i)
            EACH {
                int level = nearest(other[k] * x[i][k]);
                level = level < top ? level : top;
                const float off = x[i][k] - reverse[k] * level;
                error[k] += weights[i][k] * off * off;
            }
        EACH {
            const bool better = error[k] < best[k];
            best[k] = better ? error[k] : best[k];
            factor[k] = better ? other[k] : factor[k];
        }
    }
    for (int i = 0; i < count; ++i)
        EACH {
            int level = nearest(factor[k] * x[i][k]);
            level = level < top ? level : top;
            levels[i][k] = (uint8_t)level;
            sum_xl[k] += weights[i][k] * x[i][k] * level;
            sum_l2[k] += weights[i][k] * level * level;
        }
    for (int pass = 0; pass < 5; ++pass) /* ggml ends when nothing changes any more; then nothing changes here */
        for (int i = 0; i < count; ++i)
            EACH {
                const float w = weights[i][k], old = levels[i][k];
                float xl = sum_xl[k] - w * x[i][k] * old, l2 = sum_l2[k] - w * old * old;
                const bool may = (xl > 0) & (l2 > 0);
                int level = nearest(x[i][k] * l2 / xl);
                level = level < top ? level : top;
                xl += w * x[i][k] * level;
                l2 += w * level * level;
                const bool better = may & (level != levels[i][k]) & (xl * xl * sum_l2[k] > sum_xl[k] * sum_xl[k] * l2);
                levels[i][k] = better ? (uint8_t)level : levels[i][k];
                sum_xl[k] = better ? xl : sum_xl[k];
                sum_l2[k] = better ? l2 : sum_l2[k];
            }
    EACH {
        const bool empty = max[k] < NOTHING;
        scale[k] = empty || !(sum_l2[k] > 0) ? 0 : sum_xl[k] / sum_l2[k];
        for (int i = 0; i < count; ++i)
            levels[i][k] = empty ? 0 : levels[i][k];
    }
}

#endif
