/* Several blocks at once through the encoder of their type. */
#ifndef SIDE_BY_SIDE_H
#define SIDE_BY_SIDE_H

#include "lanes.h"

#define LARGEST 210 /* bytes of a block: Q6_K's */

typedef void encoder(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out);

/* `count` blocks of `size` values, side by side; the others, up to LANES, become zeros. */
static void load(const float *source, int size, int count, lanes *x)
{
    for (int i = 0; i < size; ++i)
        for (int k = 0; k < LANES; ++k)
            x[i][k] = k < count ? source[k * size + i] : 0;
}

static void store(const bytes *blocks, int size, int count, uint8_t *target)
{
    for (int k = 0; k < count; ++k)
        for (int i = 0; i < size; ++i)
            *target++ = blocks[i][k];
}

/* The importance of the columns of each block; blocks go through a row again and again. */
static void load_importance(const float *importance, int64_t first, int64_t in_row, int size, lanes *weights)
{
    for (int k = 0; k < LANES; ++k) {
        const float *own = importance + (first + k) % in_row * size;
        for (int i = 0; i < size; ++i)
            weights[i][k] = own[i];
    }
}

/* The means of the squares of up to LANES rows. Each sum is one chain, as in ggml; several chains wait together. */
static void find_row_means(const float *source, int64_t columns, int count, lanes mean)
{
    for (int k = 0; k < LANES; ++k)
        mean[k] = 0;
    for (int64_t i = 0; i < columns; ++i)
        for (int k = 0; k < count; ++k)
            mean[k] += source[k * columns + i] * source[k * columns + i];
    for (int k = 0; k < LANES; ++k)
        mean[k] /= columns;
}

/* `by_row`: importance weighs by the mean of the squares of a whole row. */
static void encode_side_by_side(encoder *encode, int values, int size, bool by_row, const float *source, uint8_t *target,
                                int64_t rows, int64_t columns, const float *importance)
{
    lanes x[256], weights[256], means, row_mean = {0};
    bytes out[LARGEST];
    const int64_t in_row = columns / values, count = rows * in_row;
    int64_t known = 0; /* rows whose means were found */
    for (int64_t first = 0; first < count; first += LANES) {
        const int together = count - first < LANES ? (int)(count - first) : LANES;
        load(source + first * values, values, together, x);
        if (importance)
            load_importance(importance, first, in_row, values, weights);
        if (importance && by_row)
            for (int k = 0; k < together; ++k) {
                const int64_t row = (first + k) / in_row;
                if (row == known) {
                    const int left = rows - row < LANES ? (int)(rows - row) : LANES;
                    find_row_means(source + row * columns, columns, left, means);
                    known += LANES;
                }
                row_mean[k] = means[row % LANES];
            }
        encode(x, importance ? weights : NULL, row_mean, out);
        store(out, size, together, target + first * size);
    }
}

#endif
