/* For functions of which NumPy does the work where the processor is an old one. */
#ifndef NEW_PROCESSORS_H
#define NEW_PROCESSORS_H

#include <stdbool.h>

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma")))
#define CAN_RUN (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#else
#define TARGET
#define CAN_RUN true
#endif
#define INLINE static inline __attribute__((always_inline))

#endif
