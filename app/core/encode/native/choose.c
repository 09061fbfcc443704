/* The kernels that this processor can run. */
#include "kernels.h"

int mlx_ferry_kernels_interface(void)
{
    return 2;
}

int64_t mlx_ferry_encode_rows(int type, const float *source, uint8_t *target, int64_t rows, int64_t columns,
                              const float *importance)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return mlx_ferry_encode_rows_avx2(type, source, target, rows, columns, importance);
#endif
    return mlx_ferry_encode_rows_plain(type, source, target, rows, columns, importance);
}
