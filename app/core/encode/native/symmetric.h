/* The searches for a scale alone: values ≈ scale · level, with levels from -top to top - 1. */
#ifndef SYMMETRIC_H
#define SYMMETRIC_H

#include "lanes.h"

/* The largest magnitude of each block, and the first value that has it. */
INLINE void find_largest(const int count, const lanes *x, lanes magnitude, lanes value)
{
    EACH magnitude[k] = value[k] = 0;
    for (int i = 0; i < count; ++i)
        EACH {
            const float one = fabsf(x[i][k]);
            value[k] = one > magnitude[k] ? x[i][k] : value[k];
            magnitude[k] = one > magnitude[k] ? one : magnitude[k];
        }
}

struct symmetric {
    lanes scale;
    lanes factor; /* level = factor · x, to the nearest: how ggml found the levels that it kept */
    bool empty[LANES];
};

/* The level + top, as blocks hold it; ggml gives those of an empty group as 0. */
INLINE int symmetric_level_of(const struct symmetric *found, int k, float x, int top)
{
    return found->empty[k] ? 0 : clamp(nearest(found->factor[k] * x), -top, top - 1) + top;
}

/* ggml-quants.c, make_qx_quants with rmse_type 1; without `weights` a value's square is its weight. */
INLINE void find_symmetric(const int count, const int top, const lanes *x, const lanes *weights,
                           struct symmetric *found)
{
    lanes largest, value, best;
    find_largest(count, x, largest, value);
    for (int s = -10; s <= 9; ++s) { /* the first is ggml's beginning, which is what 0 would be */
        if (s == 0)
            continue;
        lanes factor, sum_xl, sum_l2;
        const float reach = s == -10 ? -top : -(top + 0.1f * s);
        EACH {
            factor[k] = reach / value[k];
            sum_xl[k] = sum_l2[k] = 0;
        }
        for (int i = 0; i < count; ++i)
            EACH {
                const float level = clamp(nearest(factor[k] * x[i][k]), -top, top - 1);
                const float w = weights ? weights[i][k] : x[i][k] * x[i][k];
                sum_xl[k] += w * x[i][k] * level;
                sum_l2[k] += w * level * level;
            }
        if (s == -10)
            EACH {
                found->factor[k] = factor[k];
                found->scale[k] = sum_l2[k] != 0 ? sum_xl[k] / sum_l2[k] : 0;
                best[k] = found->scale[k] * sum_xl[k];
            }
        else
            EACH {
                const bool better = (sum_l2[k] > 0) & (sum_xl[k] * sum_xl[k] > best[k] * sum_l2[k]);
                const float scale = sum_xl[k] / sum_l2[k];
                found->factor[k] = better ? factor[k] : found->factor[k];
                found->scale[k] = better ? scale : found->scale[k];
                best[k] = better ? scale * sum_xl[k] : best[k];
            }
    }
    EACH {
        found->empty[k] = largest[k] < NOTHING;
        found->scale[k] = found->empty[k] ? 0 : found->scale[k];
    }
}

/* ggml-quants.c, make_q3_quants: level by level, each by what all others ask for. `levels` are level + top. */
INLINE void find_by_descent(const int count, const int top, const lanes *x, bytes *levels, lanes scale)
{
    lanes largest, value, sum_xl, sum_l2, current[16];
    find_largest(count, x, largest, value);
    EACH sum_xl[k] = sum_l2[k] = 0;
    for (int i = 0; i < count; ++i)
        EACH {
            const float level = clamp(nearest(-top / value[k] * x[i][k]), -top, top - 1);
            const float w = x[i][k] * x[i][k];
            current[i][k] = level;
            sum_xl[k] += w * x[i][k] * level;
            sum_l2[k] += w * level * level;
        }
    int changed = true; /* ggml ends when nothing changes any more, in each group by itself: later nothing would */
    for (int pass = 0; pass < 5 && changed; ++pass) {
        changed = false;
        for (int i = 0; i < count; ++i)
            EACH {
                const float w = x[i][k] * x[i][k], old = current[i][k];
                float xl = sum_xl[k] - w * x[i][k] * old, l2 = sum_l2[k] - w * old * old;
                const float level = clamp(nearest(x[i][k] * l2 / xl), -top, top - 1);
                const bool may = xl > 0;
                xl += w * x[i][k] * level;
                l2 += w * level * level;
                const bool better =
                    may & (level != old) & (l2 > 0) & (xl * xl * sum_l2[k] > sum_xl[k] * sum_xl[k] * l2);
                current[i][k] = better ? level : old;
                sum_xl[k] = better ? xl : sum_xl[k];
                sum_l2[k] = better ? l2 : sum_l2[k];
                changed |= better;
            }
    }
    EACH {
        const bool empty = largest[k] < NOTHING;
        scale[k] = empty || !(sum_l2[k] > 0) ? 0 : sum_xl[k] / sum_l2[k];
        for (int i = 0; i < count; ++i)
            levels[i][k] = empty ? 0 : (uint8_t)(current[i][k] + top);
    }
}

#endif
