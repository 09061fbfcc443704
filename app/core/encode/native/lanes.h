/* Blocks side by side: every value below is one of LANES blocks, and every loop over them is one vector operation.
 *
 * A block's own sums stay in ggml's order, so that its bytes are ggml's; only blocks are done together. Compile with
 * -ffp-contract=off: a fused multiply-add rounds once where ggml on x86-64 rounds twice.
 */
#ifndef LANES_H
#define LANES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LANES 16 /* two registers of AVX2: more run out of registers, fewer wait for sums */
#define EACH for (int k = 0; k < LANES; ++k)
#define INLINE static inline __attribute__((always_inline)) /* counts and tops become constants */

typedef float lanes[LANES];
typedef int32_t ints[LANES];
typedef uint8_t bytes[LANES];

#define K_BLOCK 256    /* values, of all K-quants */
#define NOTHING 1e-15f /* ggml-quants.c, GROUP_MAX_EPS: smaller groups count as zeros */

INLINE int32_t bits_of(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE float float_of(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ggml-quants.c, nearest_int. What it makes of numbers above 2^22 and of NaN counts, too: ggml's searches meet them. */
INLINE int nearest(float value)
{
    return (bits_of(value + 12582912.0f) & 0x007fffff) - 0x00400000;
}

INLINE int clamp(int value, int low, int high)
{
    value = value < high ? value : high;
    return value > low ? value : low;
}

/* A cast to an integer as x86-64 does it, also where C leaves it open: of infinity and NaN the low byte is 0. */
INLINE int whole(float value)
{
    return (int)(fabsf(value) < 32768.0f ? value : 0.0f);
}

/* To float16, to the nearest, ties to even. */
INLINE int half_of(float value)
{
    const int32_t bits = bits_of(value), magnitude = bits & 0x7fffffff;
    const int normal = (int)((uint32_t)magnitude + 0x0fff + (magnitude >> 13 & 1) - 0x38000000) >> 13;
    const int subnormal = bits_of(fabsf(value) + 0.5f) - bits_of(0.5f); /* the unit of 0.5 is float16's smallest */
    int half = magnitude < 0x38800000 ? subnormal : normal;
    half = magnitude >= 0x477ff000 ? 0x7c00 : half;
    half = magnitude > 0x7f800000 ? 0x7e00 : half;
    return half | (bits >> 16 & 0x8000);
}

INLINE float of_half(int half)
{
    const int magnitude = half & 0x7fff;
    const float subnormal = (float)magnitude * 0x1p-24f;
    const float normal = float_of((magnitude << 13) + 0x38000000);
    float value = magnitude < 0x0400 ? subnormal : normal;
    value = magnitude >= 0x7c00 ? float_of(0x7f800000 | (magnitude & 0x03ff) << 13) : value;
    return half & 0x8000 ? -value : value;
}

/* Writes a float16 into two bytes of each block. */
INLINE void put_half(bytes *at, const ints half)
{
    EACH at[0][k] = (uint8_t)half[k];
    EACH at[1][k] = (uint8_t)(half[k] >> 8);
}

INLINE void sum_of_squares(int count, const lanes *x, lanes sum)
{
    EACH sum[k] = 0;
    for (int i = 0; i < count; ++i)
        EACH sum[k] += x[i][k] * x[i][k];
}

/* importance · √(mean + x²), the weights of all searches with an importance matrix but Q6_K's. */
INLINE void weigh(int count, const lanes *x, const lanes *importance, const lanes mean, lanes *weights)
{
    for (int i = 0; i < count; ++i)
        EACH weights[i][k] = importance[i][k] * sqrtf(mean[k] + x[i][k] * x[i][k]);
}

INLINE void sum_up(int count, const lanes *x, lanes sum)
{
    EACH sum[k] = 0;
    for (int i = 0; i < count; ++i)
        EACH sum[k] += x[i][k];
}

#endif
