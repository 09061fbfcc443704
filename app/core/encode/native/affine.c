/* MLX's affine codes of 4 bits → Q4_1 blocks; app/core/encode/affine_blocks.py says the same in NumPy. */
#include <string.h>

#include "kernels.h"
#include "new_processors.h"

#define BLOCK 32 /* values */

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

TARGET static void encode_groups(const uint8_t *restrict codes, const uint16_t *restrict scales,
                                 const uint16_t *restrict biases, int64_t groups, int64_t blocks_in_group,
                                 uint8_t *restrict target)
{
    q4_1 block;
    for (int64_t group = 0; group < groups; ++group) {
        block.scale = scales[group];
        block.bias = biases[group];
        for (int64_t i = 0; i < blocks_in_group; ++i) {
            pair(codes, block.codes);
            memcpy(target, &block, sizeof block);
            codes += BLOCK / 2;
            target += sizeof block;
        }
    }
}

int mlx_ferry_affine_to_q4_1(const uint8_t *codes, const uint16_t *scales, const uint16_t *biases, int64_t groups,
                             int64_t group_size, uint8_t *target)
{
    if (!CAN_RUN)
        return 0;
    encode_groups(codes, scales, biases, groups, group_size / BLOCK, target);
    return 1;
}
