/* What an adapter adds, in one pass: before + scale · (left · right), as app/core/weights/updates.py computes it.
 *
 * Products and their sums are exact (exact_product.py), so neither their order counts nor whether they are fused. What
 * rounds is the sum of several products, the scale, the addition and the cast: each by itself, in this order.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "new_processors.h"
#include "widen.h"

#define TOGETHER 32 /* exact_product.py: so much of the rank is one exact product */
#define ROWS 64     /* of a tile, whose sums and right factor stay in a core's fastest cache */
#define COLUMNS 64
#define SIDE 4 /* rows and columns whose sums stay in registers */
#define WIDTH 8
#define IN_CACHE (1 << 17) /* values, of some rows, until they are encoded */

#if defined(__x86_64__)
#include <immintrin.h>
#define SPREAD(a) _mm256_set1_pd(a)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_pd(a, b, c)
typedef __m256d doubles;
#else
#define SPREAD(a) ((doubles){a, a})
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
typedef double doubles __attribute__((vector_size(16)));
#endif
#define DOUBLES ((int)(sizeof(doubles) / sizeof(double)))

/* One exact product, `count` rows and WIDTH columns of it; `adds` it to what is there. */
TARGET INLINE void multiply(const double *left, int rank, const double *right, int count, bool adds, double *out)
{
    doubles sums[SIDE][WIDTH / DOUBLES] = {{{0}}};
    for (int k = 0; k < rank; ++k)
        for (int i = 0; i < count; ++i)
            for (int j = 0; j < WIDTH / DOUBLES; ++j) {
                doubles values;
                memcpy(&values, right + k * COLUMNS + j * DOUBLES, sizeof values);
                sums[i][j] = MULTIPLY_ADD(SPREAD(left[i * rank + k]), values, sums[i][j]);
            }
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < WIDTH / DOUBLES; ++j) {
            double *place = out + i * COLUMNS + j * DOUBLES;
            doubles before = {0};
            if (adds)
                memcpy(&before, place, sizeof before);
            before += sums[i][j];
            memcpy(place, &before, sizeof before);
        }
}

/* The products of up to TOGETHER of the rank, for all of a tile; columns behind the last count as zeros. */
TARGET INLINE void multiply_tile(const double *left, int rank, const double *right, int64_t columns, int height,
                                 int width, bool adds, double total[ROWS][COLUMNS])
{
    double part[TOGETHER][COLUMNS];
    for (int k = 0; k < rank; ++k) {
        memcpy(part[k], right + k * columns, width * sizeof **part);
        memset(part[k] + width, 0, (COLUMNS - width) * sizeof **part);
    }
    for (int j = 0; j < COLUMNS; j += WIDTH) {
        int i = 0;
        for (; i + SIDE <= height; i += SIDE)
            multiply(left + i * rank, rank, &part[0][j], SIDE, adds, &total[i][j]);
        for (; i < height; ++i)
            multiply(left + i * rank, rank, &part[0][j], 1, adds, &total[i][j]);
    }
}

/* `first_row`: the row of the left factor that belongs to the first row of values. */
TARGET static void add(const double *const *lefts, const double *const *rights, int64_t whole_rank, double scale,
                       int64_t first_row, struct floats before, float *target, int64_t rows, int64_t columns)
{
    double total[ROWS][COLUMNS];
    float values[COLUMNS];
    for (int64_t column = 0; column < columns; column += COLUMNS)
        for (int64_t row = 0; row < rows; row += ROWS) {
            const int height = rows - row < ROWS ? (int)(rows - row) : ROWS;
            const int width = columns - column < COLUMNS ? (int)(columns - column) : COLUMNS;
            for (int64_t first = 0; first < whole_rank; first += TOGETHER) {
                const int64_t number = first / TOGETHER, left = whole_rank - first;
                const int rank = left < TOGETHER ? (int)left : TOGETHER;
                multiply_tile(lefts[number] + (first_row + row) * rank, rank, rights[number] + column, columns, height,
                              width, number, total);
            }
            for (int i = 0; i < height; ++i) {
                const int64_t at = (row + i) * columns + column;
                widen(floats_from(before, at), width, values);
                for (int j = 0; j < width; ++j)
                    target[at + j] = (float)(total[i][j] * scale + values[j]) + 0.0f; /* no zero is negative */
            }
        }
}

int mlx_ferry_add_low_rank(const double *const *lefts, const double *const *rights, int64_t rank, double scale,
                           const float *before, float *target, int64_t rows, int64_t columns)
{
    if (!CAN_RUN)
        return 0;
    add(lefts, rights, rank, scale, 0, (struct floats){(const uint8_t *)before, F32}, target, rows, columns);
    return 1;
}

int64_t mlx_ferry_encode_with_low_rank(const double *const *lefts, const double *const *rights, int64_t rank,
                                       double scale, int type, const void *source, int source_type, uint8_t *target,
                                       int64_t rows, int64_t columns, int64_t *counts, double *sums)
{
    const struct floats all = {source, source_type};
    const int64_t most = columns < IN_CACHE / ROWS ? ROWS : (IN_CACHE / columns / SIDE + 1) * SIDE;
    float *const values = CAN_RUN ? malloc(most * columns * sizeof *values) : NULL;
    int64_t row = 0, written = 0;
    while (values && row < rows) {
        const int64_t height = rows - row < most ? rows - row : most;
        const struct floats before = floats_from(all, row * columns);
        add(lefts, rights, rank, scale, row, before, values, height, columns);
        const int64_t size = mlx_ferry_encode(type, values, F32, target + written, height, columns, NULL, before.stored,
                                              source_type, counts, sums);
        if (!size)
            break;
        row += height;
        written += size;
    }
    free(values);
    return written;
}
