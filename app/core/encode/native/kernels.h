/* ggml's blocks, several at a time, with ggml's bytes on x86-64, and what NumPy takes long for. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

enum { F32 = 0, F16 = 1, BF16 = 30 }; /* ggml.h, enum ggml_type: those without blocks */

/* Encodes rows · columns values and returns the number of bytes written, or 0 for what no kernel encodes.
 *
 * `type` is ggml's number, and so is `source_type`, which may have blocks, too. `importance` has one number for each
 * column, or is NULL. Two numbers are added to `counts`: of values that are NaN or infinite, and of finite ones that
 * are too large for the type, which are those of blocks whose scale is, once for each scale. Blocks of a piece that is
 * not finite are left out, and so are its overflows.
 *
 * Where `sums` is not NULL what was written is decoded, D, and four sums over the values W are added to it: of W²; of
 * Δ²; of (D - W) · Δ; and of (D - W)². Δ is W - before, or 0 where `before` is NULL; it has no blocks. Differences and
 * products are float32. Pieces with something not finite or too large are left out. */
typedef int64_t encode(int type, const void *source, int source_type, uint8_t *target, int64_t rows, int64_t columns,
                       const float *importance, const void *before, int before_type, int64_t *counts, double *sums);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED encode mlx_ferry_encode;       /* the fastest that this processor can run */
EXPORTED encode mlx_ferry_encode_plain; /* for any processor of this architecture */
EXPORTED encode mlx_ferry_encode_avx2;  /* on x86-64 only */

/* target = before + scale · (left · right), all row-major: left has rows · rank values, right rank · columns. Both come
 * in pieces of 32 of the rank, the last of what is left, whose products and sums must be exact.
 *
 * Returns 0 where this processor cannot do it, having done nothing. */
EXPORTED int mlx_ferry_add_low_rank(const double *const *lefts, const double *const *rights, int64_t rank, double scale,
                                    const float *before, float *target, int64_t rows, int64_t columns);

/* Both at once, the values in between staying in the cache: as mlx_ferry_encode of source + scale · (left · right), of
 * which `source` is `before` too. `source_type` has no blocks.
 *
 * Returns the number of bytes written, or 0 where this processor or no kernel can do it. */
EXPORTED int64_t mlx_ferry_encode_with_low_rank(const double *const *lefts, const double *const *rights, int64_t rank,
                                                double scale, int type, const void *source, int source_type,
                                                uint8_t *target, int64_t rows, int64_t columns, int64_t *counts,
                                                double *sums);

/* How many of `count` values of 2 or 4 bytes are infinite or NaN, whose bits without the sign are at least `infinity`.
 *
 * Returns -1 where this processor cannot do it. */
EXPORTED int64_t mlx_ferry_count_non_finite(const void *values, int bytes, uint32_t infinity, int64_t count);

/* `groups` groups of `group_size` codes of 4 bits, two in a byte and the first low, become Q4_1 blocks of the same codes.
 * Each group has one scale and one bias of a `type` without blocks, which become float16; of a group whose codes are all
 * zero the scale is 0. Two numbers are added to `counts`: of values whose scale or bias is NaN or infinite, and of others
 * for which one of them is too large.
 *
 * Returns 0 where this processor cannot do it, having done nothing. */
EXPORTED int mlx_ferry_affine_to_q4_1(const uint8_t *codes, const void *scales, const void *biases, int type,
                                      int64_t groups, int64_t group_size, uint8_t *target, int64_t *counts);

/* Counts changes of the functions above: app/core/kernel_library.py calls no others. */
EXPORTED int mlx_ferry_kernels_interface(void);

#endif
