/* Passes over float32 values and what was made of them; app/core/floats.py and app/core/encode say the same in NumPy. */
#include <string.h>

#include "kernels.h"
#include "new_processors.h"

#define LANES 16
#define TOGETHER 1024 /* so many are summed in float32, and counted in integers as narrow as they are */
#define EACH for (int k = 0; k < LANES; ++k)

TARGET static void round_all(const uint32_t *source, uint16_t *target, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        target[i] = (uint16_t)((source[i] + 0x7fff + (source[i] >> 16 & 1)) >> 16); /* ties: to the even one */
}

int mlx_ferry_to_bfloat16(const uint32_t *source, uint16_t *target, int64_t count)
{
    if (CAN_RUN)
        round_all(source, target, count);
    return CAN_RUN;
}

INLINE float written_at(const void *written, bool is_bfloat16, int64_t at)
{
    if (!is_bfloat16)
        return ((const float *)written)[at];
    const uint32_t bits = (uint32_t)((const uint16_t *)written)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

struct lanes {
    float values[LANES], squares[LANES], products[LANES], noise[LANES];
};

INLINE void add_one(struct lanes *lanes, int k, float before, float wanted, float written)
{
    const float change = wanted - before, rest = written - wanted;
    lanes->values[k] += wanted * wanted;
    lanes->squares[k] += change * change;
    lanes->products[k] += rest * change;
    lanes->noise[k] += rest * rest;
}

TARGET INLINE void sum(const float *before, const float *wanted, const void *written, bool is_bfloat16, int64_t count,
                       double *sums)
{
    for (int64_t first = 0; first < count; first += TOGETHER) {
        const int64_t end = first + TOGETHER < count ? first + TOGETHER : count;
        struct lanes lanes = {0};
        int64_t i = first;
        for (; i + LANES <= end; i += LANES)
            EACH add_one(&lanes, k, before[i + k], wanted[i + k], written_at(written, is_bfloat16, i + k));
        for (int k = 0; i < end; ++i, ++k)
            add_one(&lanes, k, before[i], wanted[i], written_at(written, is_bfloat16, i));
        EACH sums[0] += lanes.values[k];
        EACH sums[1] += lanes.squares[k];
        EACH sums[2] += lanes.products[k];
        EACH sums[3] += lanes.noise[k];
    }
}

TARGET static void sum_all(const float *before, const float *wanted, const void *written, int is_bfloat16,
                           int64_t count, double *sums)
{
    if (is_bfloat16)
        sum(before, wanted, written, true, count, sums);
    else
        sum(before, wanted, written, false, count, sums);
}

int mlx_ferry_sum_changes(const float *before, const float *wanted, const void *written, int is_bfloat16, int64_t count,
                          double *sums)
{
    memset(sums, 0, 4 * sizeof *sums);
    if (CAN_RUN)
        sum_all(before, wanted, written, is_bfloat16, count, sums);
    return CAN_RUN;
}

TARGET static int64_t count_32(const uint32_t *bits, uint32_t infinity, int64_t count)
{
    int64_t found = 0;
    for (int64_t first = 0; first < count; first += TOGETHER) {
        const int64_t end = first + TOGETHER < count ? first + TOGETHER : count;
        int32_t here = 0;
        for (int64_t i = first; i < end; ++i)
            here += (int32_t)(bits[i] & 0x7fffffff) >= (int32_t)infinity;
        found += here;
    }
    return found;
}

TARGET static int64_t count_16(const uint16_t *bits, uint16_t infinity, int64_t count)
{
    int64_t found = 0;
    for (int64_t first = 0; first < count; first += TOGETHER) {
        const int64_t end = first + TOGETHER < count ? first + TOGETHER : count;
        int16_t here = 0;
        for (int64_t i = first; i < end; ++i)
            here += (int16_t)(bits[i] & 0x7fff) >= (int16_t)infinity;
        found += here;
    }
    return found;
}

int64_t mlx_ferry_count_non_finite(const void *values, int bytes, uint32_t infinity, int64_t count)
{
    if (!CAN_RUN)
        return -1;
    return bytes == 2 ? count_16(values, (uint16_t)infinity, count) : count_32(values, infinity, count);
}
