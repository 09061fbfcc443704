/* ggml's blocks, several at a time, with ggml's bytes on x86-64. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

/* Encodes rows · columns finite values and returns the number of bytes written, or 0 for what no kernel encodes.
 *
 * `type` is ggml's number, `importance` has one number for each column, or is NULL. */
typedef int64_t encode_rows(int type, const float *source, uint8_t *target, int64_t rows, int64_t columns,
                            const float *importance);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED encode_rows mlx_ferry_encode_rows;       /* the fastest that this processor can run */
EXPORTED encode_rows mlx_ferry_encode_rows_plain; /* for any processor of this architecture */
EXPORTED encode_rows mlx_ferry_encode_rows_avx2;  /* on x86-64 only */

/* Counts changes of the functions above: kernels.py calls no others. */
EXPORTED int mlx_ferry_kernels_interface(void);

#endif
