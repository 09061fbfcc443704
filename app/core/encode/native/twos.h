/* Four levels of two bits in a byte. */
#ifndef TWOS_H
#define TWOS_H

#include "lanes.h"

/* 256 levels into 64 bytes, those of a byte 32 apart, as Q2_K and Q3_K have them. */
INLINE void pack_twos(const bytes *levels, bytes *out)
{
    for (int half = 0; half < 2; ++half)
        for (int i = 0; i < 32; ++i)
            EACH {
                const bytes *at = levels + 128 * half + i;
                out[32 * half + i][k] =
                    (at[0][k] & 3) | (at[32][k] & 3) << 2 | (at[64][k] & 3) << 4 | (at[96][k] & 3) << 6;
            }
}

#endif
