/* To float32, float16 and bfloat16: many values at once, for they have no blocks. */
#ifndef CASTS_H
#define CASTS_H

#include "kernels.h"
#include "widen.h"

typedef void caster(const float *source, int64_t count, uint8_t *target);

static void cast_to_f32(const float *source, int64_t count, uint8_t *target)
{
    memcpy(target, source, count * sizeof *source);
}

/* NaN stays NaN, what is too large becomes infinite. */
static void cast_to_f16(const float *restrict source, int64_t count, uint8_t *restrict target)
{
    uint16_t *halves = (uint16_t *)target;
    for (int64_t i = 0; i < count; ++i)
        halves[i] = (uint16_t)half_of(source[i]);
}

/* To nearest even. A NaN becomes anything. */
static void cast_to_bf16(const float *restrict source, int64_t count, uint8_t *restrict target)
{
    uint16_t *upper = (uint16_t *)target;
    for (int64_t i = 0; i < count; ++i) {
        const uint32_t bits = (uint32_t)bits_of(source[i]);
        upper[i] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
}

/* How many values have a magnitude of at least these bits. */
static int64_t count_from(int32_t least, const float *values, int64_t count)
{
    int64_t found = 0;
    for (int64_t first = 0; first < count; first += 1024) {
        const int64_t end = first + 1024 < count ? first + 1024 : count;
        int32_t here = 0; /* as narrow as the values are */
        for (int64_t i = first; i < end; ++i)
            here += (bits_of(values[i]) & INT32_MAX) >= least;
        found += here;
    }
    return found;
}

#endif
