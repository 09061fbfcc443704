/* float32, float16 and bfloat16 as float32. */
#ifndef WIDEN_H
#define WIDEN_H

#include "kernels.h"
#include "lanes.h"

typedef void decoder(const uint8_t *blocks, int64_t count, float *values);

struct floats { /* as they are stored: F32, F16 or BF16 */
    const uint8_t *stored;
    int type;
};

static void decode_f32(const uint8_t *source, int64_t count, float *target)
{
    memcpy(target, source, count * sizeof *target);
}

static void decode_f16(const uint8_t *restrict source, int64_t count, float *restrict target)
{
    const uint16_t *halves = (const uint16_t *)source;
    for (int64_t i = 0; i < count; ++i)
        target[i] = of_half(halves[i]);
}

static void decode_bf16(const uint8_t *restrict source, int64_t count, float *restrict target)
{
    const uint16_t *upper = (const uint16_t *)source;
    for (int64_t i = 0; i < count; ++i)
        target[i] = float_of((int32_t)((uint32_t)upper[i] << 16));
}

static struct floats floats_from(struct floats all, int64_t first)
{
    return (struct floats){all.stored + first * (all.type == F32 ? sizeof(float) : sizeof(uint16_t)), all.type};
}

static void widen(struct floats some, int64_t count, float *values)
{
    if (some.type == F32)
        decode_f32(some.stored, count, values);
    else if (some.type == F16)
        decode_f16(some.stored, count, values);
    else
        decode_bf16(some.stored, count, values);
}

#endif
