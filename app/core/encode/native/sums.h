/* Sums that tell what encoding has changed, the same on every machine: the order of the additions is written down. */
#ifndef SUMS_H
#define SUMS_H

#include "lanes.h"

#define TOGETHER 1024 /* values whose sums are float32, a multiple of every block */
#define STEP 8        /* of them are added at once */

typedef float eight __attribute__((vector_size(32))); /* compilers unroll a loop over such sums, and do one at a time */

struct sums {
    eight values, squares, products, noise;
};

INLINE void add_step(struct sums *sums, const float *before, const float *wanted, const float *written)
{
    eight value, rest, change;
    memcpy(&value, wanted, sizeof value);
    memcpy(&rest, written, sizeof rest);
    rest -= value;
    sums->values += value * value;
    sums->noise += rest * rest;
    if (before) {
        memcpy(&change, before, sizeof change);
        change = value - change;
        sums->squares += change * change;
        sums->products += rest * change;
    }
}

INLINE void add_up(const eight *sums, double *total)
{
    for (int i = 0; i < STEP; ++i)
        *total += (*sums)[i];
}

INLINE void add_all(const float *before, const float *wanted, const float *written, int count, double *total)
{
    struct sums sums = {.values = {0}}; /* and zeros for the others */
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
    add_up(&sums.values, &total[0]);
    add_up(&sums.squares, &total[1]);
    add_up(&sums.products, &total[2]);
    add_up(&sums.noise, &total[3]);
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
