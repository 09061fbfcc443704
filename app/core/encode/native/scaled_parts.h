/* What Q3_K and Q6_K share: 256 values in sixteen parts, each with a scale of few bits. */
#ifndef SCALED_PARTS_H
#define SCALED_PARTS_H

#include "symmetric.h"

#define PARTS 16

/* The levels that go into the file, + top, by the rounded scale; where that is 0, they stay as they are. */
INLINE void level_by_scale(const int count, const int top, const lanes *x, const lanes scale, bytes *levels)
{
    for (int i = 0; i < count; ++i)
        EACH {
            const int level = clamp(nearest(x[i][k] / scale[k]), -top, top - 1) + top;
            levels[i][k] = scale[k] == 0 ? levels[i][k] : level;
        }
}

#endif
