/* The search for NaN and infinity in values that are copied; app/core/encode/non_finite.py says the same in NumPy. */
#include "kernels.h"
#include "new_processors.h"

#define TOGETHER 1024 /* counted in integers as narrow as the values are */

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
