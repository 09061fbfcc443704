/* The search for a scale and a minimum: values ≈ scale · level - low, with levels from 0 to `top`. */
#ifndef SCALE_AND_MIN_H
#define SCALE_AND_MIN_H

#include "lanes.h"

struct scale_and_min {
    lanes scale, low;
    lanes factor, origin; /* level = factor · (x - origin), to the nearest: how ggml found the levels that it kept */
    bool bounded[LANES];  /* before it was rounded, not afterwards */
};

INLINE int level_between(float value, int top, bool bounded)
{
    if (bounded)
        return nearest(value > 0 ? (value < top ? value : top) : 0);
    return clamp(nearest(value), 0, top);
}

INLINE int level_of(const struct scale_and_min *found, int k, float x, int top)
{
    return level_between(found->factor[k] * (x - found->origin[k]), top, found->bounded[k]);
}

/* ggml-quants.c, make_qkx2_quants and, where `bounded`, make_qkx3_quants. `absolute` is their use_mad.
 *
 * Not to be reordered: every sum runs over i; the minimum that a better fit brings is that of all later steps.
 */
INLINE void find_scale_and_min(const int count, const int top, const lanes *x, const lanes *weights, const float first,
                               const float step, const int steps, const bool absolute, const bool bounded,
                               struct scale_and_min *found)
{
    lanes levels[32], min, max, sum_w, sum_x, best, first_min;
    EACH {
        min[k] = max[k] = x[0][k];
        sum_w[k] = weights[0][k];
        sum_x[k] = sum_w[k] * x[0][k];
    }
    for (int i = 1; i < count; ++i)
        EACH {
            const float value = x[i][k], w = weights[i][k];
            min[k] = value < min[k] ? value : min[k];
            max[k] = value > max[k] ? value : max[k];
            sum_w[k] += w;
            sum_x[k] += w * value;
        }
    EACH {
        min[k] = min[k] > 0 ? 0 : min[k];
        first_min[k] = found->origin[k] = min[k];
        found->factor[k] = top / (max[k] - min[k]);
        found->scale[k] = 1 / found->factor[k];
        found->bounded[k] = false;
        best[k] = 0;
    }
    for (int i = 0; i < count; ++i)
        EACH {
            const int level = level_between(found->factor[k] * (x[i][k] - min[k]), top, false);
            const float off = found->scale[k] * level + min[k] - x[i][k];
            best[k] += weights[i][k] * (absolute ? fabsf(off) : off * off);
        }
    for (int s = 0; s <= steps; ++s) {
        const float reach = first + step * s + top;
        lanes factor, sum_l, sum_l2, sum_xl, scale, low, determinant, error;
        EACH {
            factor[k] = reach / (max[k] - min[k]);
            sum_l[k] = sum_l2[k] = sum_xl[k] = error[k] = 0;
        }
        for (int i = 0; i < count; ++i)
            EACH {
                const float level = level_between(factor[k] * (x[i][k] - min[k]), top, bounded);
                const float weighted = weights[i][k] * level;
                levels[i][k] = level;
                sum_l[k] += weighted;
                sum_l2[k] += weighted * level;
                sum_xl[k] += weighted * x[i][k];
            }
        EACH {
            determinant[k] = sum_w[k] * sum_l2[k] - sum_l[k] * sum_l[k];
            const float both = (sum_w[k] * sum_xl[k] - sum_x[k] * sum_l[k]) / determinant[k];
            const float least = (sum_l2[k] * sum_x[k] - sum_l[k] * sum_xl[k]) / determinant[k];
            const float alone = sum_xl[k] / sum_l2[k];
            scale[k] = least > 0 ? alone : both;
            low[k] = least > 0 ? 0 : least;
        }
        for (int i = 0; i < count; ++i)
            EACH {
                const float off = scale[k] * levels[i][k] + low[k] - x[i][k];
                error[k] += weights[i][k] * (absolute ? fabsf(off) : off * off);
            }
        EACH {
            const bool better = (determinant[k] > 0) & (error[k] < best[k]);
            best[k] = better ? error[k] : best[k];
            found->scale[k] = better ? scale[k] : found->scale[k];
            found->factor[k] = better ? factor[k] : found->factor[k];
            found->origin[k] = better ? min[k] : found->origin[k];
            found->bounded[k] = better ? bounded : found->bounded[k];
            min[k] = better ? low[k] : min[k];
        }
    }
    EACH {
        const bool flat = max[k] == first_min[k]; /* one value only, and not above 0: ggml returns at once */
        found->scale[k] = flat ? 0 : found->scale[k];
        found->low[k] = flat ? -first_min[k] : -min[k];
        found->factor[k] = flat ? 0 : found->factor[k];
        found->origin[k] = flat ? 0 : found->origin[k];
    }
}

#endif
