/* Groups of blocks through the encoder of their type; compiled once for each kind of processor, as FUNCTION. */
#include <stddef.h>

#include "blocks_of_32.h"
#include "kernels.h"
#include "nonlinear.h"
#include "one_block.h"
#include "q2_k.h"
#include "q3_k.h"
#include "q4_k_q5_k.h"
#include "q6_k.h"

#define LARGEST 210 /* bytes of a block: Q6_K's */

typedef void encoder(const lanes *x, const lanes *importance, const lanes row_mean, bytes *out);

typedef void block_encoder(const float *x, uint8_t *out);

static const struct format {
    int type; /* ggml.h, enum ggml_type */
    int values, bytes;
    bool by_row;        /* an importance matrix weighs by the mean of the squares of a whole row */
    encoder *encode;    /* several blocks, by importance or without */
    block_encoder *one; /* without importance, or where that changes nothing */
} FORMATS[] = {
    {2, 32, 18, true, encode_q4_0, encode_q4_0_block},
    {3, 32, 20, true, encode_q4_1, encode_q4_1_block},
    {6, 32, 22, true, encode_q5_0, encode_q5_0_block},
    {7, 32, 24, true, encode_q5_1, encode_q5_1_block},
    {8, 32, 34, false, NULL, encode_q8_0_block},
    {10, 256, 84, false, encode_q2_k, NULL},
    {11, 256, 110, false, encode_q3_k, NULL},
    {12, 256, 144, false, encode_q4_k, NULL},
    {13, 256, 176, false, encode_q5_k, NULL},
    {14, 256, 210, false, encode_q6_k, NULL},
    {20, 32, 18, false, encode_iq4_nl, NULL},
    {23, 256, 136, false, encode_iq4_xs, NULL},
    {39, 32, 17, false, encode_mxfp4, NULL},
};

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

static void encode_side_by_side(const struct format *format, const float *source, uint8_t *target, int64_t rows,
                                int64_t columns, const float *importance)
{
    lanes x[256], weights[256], means, row_mean = {0};
    bytes out[LARGEST];
    const int64_t in_row = columns / format->values, count = rows * in_row;
    int64_t known = 0; /* rows whose means were found */
    for (int64_t first = 0; first < count; first += LANES) {
        const int together = count - first < LANES ? (int)(count - first) : LANES;
        load(source + first * format->values, format->values, together, x);
        if (importance)
            load_importance(importance, first, in_row, format->values, weights);
        if (importance && format->by_row)
            for (int k = 0; k < together; ++k) {
                const int64_t row = (first + k) / in_row;
                if (row == known) {
                    const int left = rows - row < LANES ? (int)(rows - row) : LANES;
                    find_row_means(source + row * columns, columns, left, means);
                    known += LANES;
                }
                row_mean[k] = means[row % LANES];
            }
        format->encode(x, importance ? weights : NULL, row_mean, out);
        store(out, format->bytes, together, target + first * format->bytes);
    }
}

int64_t FUNCTION(int type, const float *source, uint8_t *target, int64_t rows, int64_t columns, const float *importance)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; ++i) {
        const struct format *format = &FORMATS[i];
        if (format->type != type || columns % format->values)
            continue;
        const int64_t count = rows * columns / format->values;
        if (format->one && !(importance && format->encode))
            for (int64_t block = 0; block < count; ++block)
                format->one(source + block * format->values, target + block * format->bytes);
        else
            encode_side_by_side(format, source, target, rows, columns, importance);
        return count * format->bytes;
    }
    return 0;
}
