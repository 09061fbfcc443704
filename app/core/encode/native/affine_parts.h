/* What Q2_K, Q4_K and Q5_K share: 256 values in parts, each with a scale and a minimum of few bits. */
#ifndef AFFINE_PARTS_H
#define AFFINE_PARTS_H

#include "scale_and_min.h"

/* The levels that go into the file, by the rounded scale and minimum; where that scale is 0, those of the search. */
INLINE void level_by_scale_and_min(const int count, const int top, const lanes *x, const struct scale_and_min *found,
                                   const lanes scale, const lanes low, bytes *levels)
{
    for (int i = 0; i < count; ++i)
        EACH levels[i][k] = clamp(nearest((x[i][k] + low[k]) / scale[k]), 0, top);
    EACH
        if (scale[k] == 0)
            for (int i = 0; i < count; ++i)
                levels[i][k] = level_of(found, k, x[i][k], top);
}

/* The largest scale, and what it becomes in float16 as one of `top` steps. */
INLINE void step_of(const int count, const int top, const struct scale_and_min *found, const bool low, lanes max,
                    ints half)
{
    EACH max[k] = 0;
    for (int j = 0; j < count; ++j)
        EACH {
            const float value = low ? found[j].low[k] : found[j].scale[k];
            max[k] = value > max[k] ? value : max[k];
        }
    EACH half[k] = half_of(max[k] / top);
}

#endif
