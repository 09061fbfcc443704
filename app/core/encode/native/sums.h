/* Sums that tell what encoding has changed, the same on every machine: the order of the additions is written down. */
#ifndef SUMS_H
#define SUMS_H

#include "lanes.h"

#define TOGETHER 1024 /* values whose sums are float32, a multiple of every block */
#define STEP 8        /* of them are added at once, in two registers: sums would wait for each other in one */

typedef float four __attribute__((vector_size(16))); /* compilers unroll a loop over such sums, and do one at a time */

struct sums {
    four values[2], squares[2], products[2], noise[2];
};

INLINE four four_at(const float *values)
{
    four found;
    memcpy(&found, values, sizeof found);
    return found;
}

INLINE void add_step(struct sums *sums, const float *before, const float *wanted, const float *written)
{
    for (int i = 0; i < 2; ++i) {
        const four value = four_at(wanted + 4 * i), rest = four_at(written + 4 * i) - value;
        sums->values[i] += value * value;
        sums->noise[i] += rest * rest;
        if (before) {
            const four change = value - four_at(before + 4 * i);
            sums->squares[i] += change * change;
            sums->products[i] += rest * change;
        }
    }
}

INLINE void add_up(const four *lanes, double *total)
{
    for (int i = 0; i < STEP; ++i)
        *total += lanes[i / 4][i % 4];
}

INLINE void add_all(const float *before, const float *wanted, const float *written, int count, double *total)
{
    struct sums sums = {.values = {{0}}}; /* and zeros for the others */
    int i = 0;
    for (; i + STEP <= count; i += STEP)
        add_step(&sums, before ? before + i : NULL, wanted + i, written + i);
    if (i < count) { /* the last ones, and zeros */
        float last[3][STEP] = {{0}};
        const size_t size = (count - i) * sizeof(float);
        memcpy(last[0], before ? before + i : wanted + i, size);
        memcpy(last[1], wanted + i, size);
        memcpy(last[2], written + i, size);
        add_step(&sums, before ? last[0] : NULL, last[1], last[2]);
    }
    add_up(sums.values, &total[0]);
    add_up(sums.squares, &total[1]);
    add_up(sums.products, &total[2]);
    add_up(sums.noise, &total[3]);
}

/* Adds four sums over up to TOGETHER values, as kernels.h tells them; `before` may be NULL. */
static void add_changes(const float *before, const float *wanted, const float *written, int count, double *total)
{
    if (before)
        add_all(before, wanted, written, count, total);
    else
        add_all(NULL, wanted, written, count, total);
}

#endif
