/* What an adapter adds, in one pass: before + scale · (left · right), as app/core/weights/updates.py computes it.
 *
 * Products and their sums are exact (exact_product.py), so neither their order counts nor whether they are fused. What
 * rounds is the sum of several products, the scale, the addition and the cast: each by itself, in this order.
 */
#include <string.h>

#include "kernels.h"
#include "new_processors.h"

#define TOGETHER 32 /* exact_product.py: so much of the rank is one exact product */
#define ROWS 64     /* of a tile, whose sums and right factor stay in a core's fastest cache */
#define COLUMNS 64
#define SIDE 4 /* rows and columns whose sums stay in registers */
#define WIDTH 8

#if defined(__x86_64__)
#include <immintrin.h>
#define SPREAD(a) _mm256_set1_pd(a)
#define MULTIPLY_ADD(a, b, c) _mm256_fmadd_pd(a, b, c)
typedef __m256d lanes;
#else
#define SPREAD(a) ((lanes){a, a})
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
typedef double lanes __attribute__((vector_size(16)));
#endif
#define LANES ((int)(sizeof(lanes) / sizeof(double)))

/* One exact product, `count` rows and WIDTH columns of it; `adds` it to what is there. */
TARGET INLINE void multiply(const double *left, int rank, const double *right, int count, bool adds, double *out)
{
    lanes sums[SIDE][WIDTH / LANES] = {{{0}}};
    for (int k = 0; k < rank; ++k)
        for (int i = 0; i < count; ++i)
            for (int j = 0; j < WIDTH / LANES; ++j) {
                lanes values;
                memcpy(&values, right + k * COLUMNS + j * LANES, sizeof values);
                sums[i][j] = MULTIPLY_ADD(SPREAD(left[i * rank + k]), values, sums[i][j]);
            }
    for (int i = 0; i < count; ++i)
        for (int j = 0; j < WIDTH / LANES; ++j) {
            double *place = out + i * COLUMNS + j * LANES;
            lanes before = {0};
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
    for (int k = 0; k < rank; ++k)
        for (int j = 0; j < COLUMNS; ++j)
            part[k][j] = j < width ? right[k * columns + j] : 0;
    for (int j = 0; j < COLUMNS; j += WIDTH) {
        int i = 0;
        for (; i + SIDE <= height; i += SIDE)
            multiply(left + i * rank, rank, &part[0][j], SIDE, adds, &total[i][j]);
        for (; i < height; ++i)
            multiply(left + i * rank, rank, &part[0][j], 1, adds, &total[i][j]);
    }
}

TARGET static void add(const double *const *lefts, const double *const *rights, int64_t whole_rank, double scale,
                       const float *before, float *target, int64_t rows, int64_t columns)
{
    double total[ROWS][COLUMNS];
    for (int64_t column = 0; column < columns; column += COLUMNS)
        for (int64_t row = 0; row < rows; row += ROWS) {
            const int height = rows - row < ROWS ? (int)(rows - row) : ROWS;
            const int width = columns - column < COLUMNS ? (int)(columns - column) : COLUMNS;
            for (int64_t first = 0; first < whole_rank; first += TOGETHER) {
                const int64_t number = first / TOGETHER, left = whole_rank - first;
                const int rank = left < TOGETHER ? (int)left : TOGETHER;
                multiply_tile(lefts[number] + row * rank, rank, rights[number] + column, columns, height, width,
                              number, total);
            }
            for (int i = 0; i < height; ++i)
                for (int j = 0; j < width; ++j) {
                    const int64_t at = (row + i) * columns + column + j;
                    target[at] = (float)(total[i][j] * scale + before[at]) + 0.0f; /* no zero is negative */
                }
        }
}

int mlx_ferry_add_low_rank(const double *const *lefts, const double *const *rights, int64_t rank, double scale,
                           const float *before, float *target, int64_t rows, int64_t columns)
{
    if (!CAN_RUN)
        return 0;
    add(lefts, rights, rank, scale, before, target, rows, columns);
    return 1;
}
