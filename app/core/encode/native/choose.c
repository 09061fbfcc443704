/* The kernels that this processor can run. */
#include "kernels.h"

int mlx_ferry_kernels_interface(void)
{
    return 6;
}

static encode *chosen(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return mlx_ferry_encode_avx2;
#endif
    return mlx_ferry_encode_plain;
}

int64_t mlx_ferry_encode(int type, const void *source, int source_type, uint8_t *target, int64_t rows, int64_t columns,
                         const float *importance, const void *before, int before_type, int64_t *counts, double *sums)
{
    return chosen()(type, source, source_type, target, rows, columns, importance, before, before_type, counts, sums);
}
