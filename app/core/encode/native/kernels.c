/* Values through the encoder of their type, a piece at a time; compiled once for each kind of processor, as FUNCTION. */
#include <stdlib.h>

#include "casts.h"
#include "decode_k_blocks.h"
#include "kernels.h"
#include "q2_k.h"
#include "q3_k.h"
#include "q4_k_q5_k.h"
#include "q6_k.h"
#include "side_by_side.h"
#include "sums.h"

#define PIECE 4096              /* values that stay in a core's fastest cache, with all that is made of them */
#define WEIGHTED_PIECE (1 << 18) /* values of whole rows, of which several are looked at together */
#define INFINITE 0x7f800000     /* bits of a float32 */

typedef void block_encoder(const float *x, uint8_t *out);

static const struct format {
    int type; /* ggml.h, enum ggml_type */
    int values, bytes;
    bool by_row;        /* an importance matrix weighs by the mean of the squares of a whole row */
    encoder *encode;    /* several blocks, by importance or without */
    block_encoder *one; /* without importance, or where that changes nothing */
    decoder *decode;
    int scale_count, scales[2]; /* ggml-common.h: where in a block there is a float16 */
    caster *cast;               /* for what has no blocks */
    int32_t too_large;          /* bits of the first float32 that becomes infinite */
} FORMATS[] = {
    {.type = F32, .values = 1, .bytes = 4, .cast = cast_to_f32, .decode = decode_f32, .too_large = INFINITE},
    {.type = F16, .values = 1, .bytes = 2, .cast = cast_to_f16, .decode = decode_f16, .too_large = 0x477ff000},
    {.type = BF16, .values = 1, .bytes = 2, .cast = cast_to_bf16, .decode = decode_bf16, .too_large = 0x7f7f8000},
    {2, 32, 18, true, encode_q4_0, encode_q4_0_block, decode_q4_0, 1, {0}, NULL, 0},
    {3, 32, 20, true, encode_q4_1, encode_q4_1_block, decode_q4_1, 2, {0, 2}, NULL, 0},
    {6, 32, 22, true, encode_q5_0, encode_q5_0_block, decode_q5_0, 1, {0}, NULL, 0},
    {7, 32, 24, true, encode_q5_1, encode_q5_1_block, decode_q5_1, 2, {0, 2}, NULL, 0},
    {8, 32, 34, false, NULL, encode_q8_0_block, decode_q8_0, 1, {0}, NULL, 0},
    {10, 256, 84, false, encode_q2_k, NULL, decode_q2_k, 2, {80, 82}, NULL, 0},
    {11, 256, 110, false, encode_q3_k, NULL, decode_q3_k, 1, {108}, NULL, 0},
    {12, 256, 144, false, encode_q4_k, NULL, decode_q4_k, 2, {0, 2}, NULL, 0},
    {13, 256, 176, false, encode_q5_k, NULL, decode_q5_k, 2, {0, 2}, NULL, 0},
    {14, 256, 210, false, encode_q6_k, NULL, decode_q6_k, 1, {208}, NULL, 0},
    {20, 32, 18, false, encode_iq4_nl, NULL, decode_iq4_nl, 1, {0}, NULL, 0},
    {23, 256, 136, false, encode_iq4_xs, NULL, decode_iq4_xs, 1, {0}, NULL, 0},
    {39, 32, 17, false, encode_mxfp4, NULL, decode_mxfp4, 0, {0}, NULL, 0},
};

static const struct format *format_of(int type, int64_t columns)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; ++i)
        if (FORMATS[i].type == type && columns % FORMATS[i].values == 0)
            return &FORMATS[i];
    return NULL;
}

/* The values of blocks whose scale is infinite or NaN, for each such scale. */
static int64_t count_bad_scales(const struct format *format, const uint8_t *blocks, int64_t count)
{
    int64_t found = 0;
    for (int i = 0; i < format->scale_count; ++i)
        for (int64_t block = 0; block < count; ++block) /* the upper byte of a float16 has all of its exponent */
            found += (blocks[block * format->bytes + format->scales[i] + 1] & 0x7c) == 0x7c;
    return found * format->values;
}

/* Returns whether all values are finite and none is too large. */
static bool encode_piece(const struct format *format, const float *source, uint8_t *target, int64_t rows,
                         int64_t columns, const float *importance, int64_t *counts)
{
    const int64_t count = rows * columns, blocks = count / format->values;
    const int64_t large = count_from(format->cast ? format->too_large : INFINITE, source, count);
    const int64_t bad = large ? count_from(INFINITE, source, count) : 0;
    int64_t too_large = large - bad;
    counts[0] += bad;
    if (format->cast) {
        format->cast(source, count, target);
    } else if (!bad) { /* what C makes of a NaN is not defined */
        if (format->one && !(importance && format->encode))
            for (int64_t i = 0; i < blocks; ++i)
                format->one(source + i * format->values, target + i * format->bytes);
        else
            encode_side_by_side(format->encode, format->values, format->bytes, format->by_row, source, target, rows,
                                columns, importance);
        too_large = count_bad_scales(format, target, blocks);
    }
    counts[1] += too_large;
    return !bad && !too_large;
}

/* `before`: of all values, of which the first one here is number `at`. */
static void measure(const struct format *format, struct floats before, int64_t at, const float *wanted,
                    const uint8_t *written, int64_t count, double *sums)
{
    float decoded[TOGETHER], old[TOGETHER];
    for (int64_t first = 0; first < count; first += TOGETHER) {
        const int together = count - first < TOGETHER ? (int)(count - first) : TOGETHER;
        format->decode(written + first / format->values * format->bytes, together / format->values, decoded);
        if (before.stored)
            widen(floats_from(before, at + first), together, old);
        add_changes(before.stored ? old : NULL, wanted + first, decoded, together, sums);
    }
}

int64_t FUNCTION(int type, const void *source, int source_type, uint8_t *target, int64_t rows, int64_t columns,
                 const float *importance, const void *before, int before_type, int64_t *counts, double *sums)
{
    const struct format *format = format_of(type, columns), *stored = format_of(source_type, rows * columns);
    const struct floats all_before = {before, before_type};
    if (format && !importance) { /* then rows do not matter, and a piece is as many blocks as are done together */
        rows = rows * columns / format->values;
        columns = format->values;
    }
    const int64_t piece = importance ? WEIGHTED_PIECE : PIECE, in_piece = piece < columns ? 1 : piece / columns;
    float *const scratch = malloc(in_piece * columns * sizeof *scratch);
    if (!format || !stored || !scratch) {
        free(scratch);
        return 0;
    }
    const int64_t row_bytes = columns / format->values * format->bytes;
    for (int64_t row = 0; row < rows; row += in_piece) {
        const int64_t height = rows - row < in_piece ? rows - row : in_piece, first = row * columns;
        const uint8_t *raw = (const uint8_t *)source + first / stored->values * stored->bytes;
        const float *values = source_type == F32 ? (const float *)raw : scratch;
        if (source_type != F32)
            stored->decode(raw, height * columns / stored->values, scratch);
        const bool good = encode_piece(format, values, target + row * row_bytes, height, columns, importance, counts);
        if (sums && good)
            measure(format, all_before, first, values, target + row * row_bytes, height * columns, sums);
    }
    free(scratch);
    return rows * row_bytes;
}
