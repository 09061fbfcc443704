/* MLX's affine codes of 4 bits → Q4_1 blocks; app/core/encode/affine_blocks.py says the same in NumPy. */
#include <string.h>

#include "kernels.h"
#include "new_processors.h"
#include "widen.h"

#define BLOCK 32 /* values */
#define TOGETHER 128 /* groups */

typedef struct {
    uint16_t scale, bias;
    uint16_t codes[BLOCK / 4];
} q4_1;

/* Two neighbours in each byte, the first low, become code i below code i + 16: bytes 0 and 1 of 16 bits. */
TARGET static void pair(const uint8_t *restrict codes, uint16_t *restrict pairs)
{
    for (int i = 0; i < BLOCK / 4; ++i) {
        const unsigned first = codes[i], second = codes[BLOCK / 4 + i];
        pairs[i] = (uint16_t)((first & 0x0f) | (second & 0x0f) << 4 | (first & 0xf0) << 4 | (second & 0xf0) << 8);
    }
}

static bool are_zero(const uint8_t *codes, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i += sizeof(uint64_t)) { /* the first ones tell nearly always */
        uint64_t eight;
        memcpy(&eight, codes + i, sizeof eight);
        if (eight)
            return false;
    }
    return true;
}

INLINE bool is_finite(float value)
{
    return (bits_of(value) & 0x7fffffff) < 0x7f800000;
}

TARGET static void encode_groups(const uint8_t *restrict codes, struct floats scales, struct floats biases,
                                 int64_t groups, int64_t group_size, uint8_t *restrict target, int64_t *counts)
{
    float scale[TOGETHER], bias[TOGETHER];
    uint16_t half_scale[TOGETHER], half_bias[TOGETHER];
    const int64_t bytes = group_size / 2;
    widen(scales, groups, scale);
    widen(biases, groups, bias);
    for (int64_t i = 0; i < groups; ++i)
        if (are_zero(codes + i * bytes, bytes))
            scale[i] = 0;
    for (int64_t i = 0; i < groups; ++i) {
        half_scale[i] = (uint16_t)half_of(scale[i]);
        half_bias[i] = (uint16_t)half_of(bias[i]);
    }
    for (int64_t i = 0; i < groups; ++i)
        if ((half_scale[i] & 0x7c00) == 0x7c00 || (half_bias[i] & 0x7c00) == 0x7c00)
            counts[is_finite(scale[i]) && is_finite(bias[i])] += group_size;
    for (int64_t i = 0; i < groups; ++i) {
        q4_1 block = {half_scale[i], half_bias[i], {0}};
        for (int64_t first = 0; first < group_size; first += BLOCK) {
            pair(codes, block.codes);
            memcpy(target, &block, sizeof block);
            codes += BLOCK / 2;
            target += sizeof block;
        }
    }
}

int mlx_ferry_affine_to_q4_1(const uint8_t *codes, const void *scales, const void *biases, int type, int64_t groups,
                             int64_t group_size, uint8_t *target, int64_t *counts)
{
    if (!CAN_RUN)
        return 0;
    const struct floats all_scales = {scales, type}, all_biases = {biases, type};
    for (int64_t first = 0; first < groups; first += TOGETHER) {
        const int64_t together = groups - first < TOGETHER ? groups - first : TOGETHER, values = first * group_size;
        encode_groups(codes + values / 2, floats_from(all_scales, first), floats_from(all_biases, first), together,
                      group_size, target + values / BLOCK * sizeof(q4_1), counts);
    }
    return 1;
}
