/* ggml's blocks, several at a time, with ggml's bytes on x86-64, and what NumPy takes long for. */
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

/* target = before + scale · (left · right), all row-major: left has rows · rank values, right rank · columns. Both come
 * in pieces of 32 of the rank, the last of what is left, whose products and sums must be exact.
 *
 * Returns 0 where this processor cannot do it, having done nothing. */
EXPORTED int mlx_ferry_add_low_rank(const double *const *lefts, const double *const *rights, int64_t rank, double scale,
                                    const float *before, float *target, int64_t rows, int64_t columns);

/* The bits of float32 values, but of NaN, as those of bfloat16, rounded to nearest even. Returns as the one above. */
EXPORTED int mlx_ferry_to_bfloat16(const uint32_t *source, uint16_t *target, int64_t count);

/* Four sums over values: of wanted²; of (wanted - before)²; of that difference · (written - wanted); of the square of
 * the latter. Differences and products are float32. `written` is float32, too, or bfloat16. Returns as those above. */
EXPORTED int mlx_ferry_sum_changes(const float *before, const float *wanted, const void *written, int is_bfloat16,
                                   int64_t count, double *sums);

/* How many of `count` values of 2 or 4 bytes are infinite or NaN, whose bits without the sign are at least `infinity`.
 *
 * Returns -1 where this processor cannot do it. */
EXPORTED int64_t mlx_ferry_count_non_finite(const void *values, int bytes, uint32_t infinity, int64_t count);

/* Counts changes of the functions above: app/core/kernel_library.py calls no others. */
EXPORTED int mlx_ferry_kernels_interface(void);

#endif
