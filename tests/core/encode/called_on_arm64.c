/* Calls functions of the library as it is told on stdin, and tells on stdout what came of it; all for arm64.
 *
 * A call is the function's number, whether it returns 32 bits, how many arguments there are, and for each its kind and
 * value: a number; or a size, with the bytes of a buffer; or how many buffers, with size and bytes of each. The answer
 * is the result, then all buffers. On arm64 doubles are passed beside the other arguments, whatever their order.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 12
#define MOST_BUFFERS 64

enum kind { WHOLE, DOUBLE, BUFFER, BUFFERS };

typedef int64_t function(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                         int64_t, int64_t, double, double);
extern function *const FUNCTIONS[]; /* made of kernels.h */

static int64_t next(void)
{
    int64_t value;
    if (fread(&value, sizeof value, 1, stdin) != 1)
        exit(0);
    return value;
}

static struct { char *bytes; size_t size; } buffers[MOST_BUFFERS];
static int buffer_count;

static char *buffer(void)
{
    const size_t size = (size_t)next();
    char *bytes = aligned_alloc(64, size + 64 - size % 64);
    if (!bytes || buffer_count == MOST_BUFFERS || fread(bytes, 1, size, stdin) != size)
        exit(1);
    buffers[buffer_count].bytes = bytes;
    buffers[buffer_count++].size = size;
    return bytes;
}

int main(void)
{
    for (;;) {
        int64_t whole[MOST] = {0}, number = next(), is_narrow = next(), count = next(), wholes = 0;
        char *lists[MOST][MOST_BUFFERS];
        double doubles[2] = {0};
        int double_count = 0;
        buffer_count = 0;
        for (int i = 0; i < count; ++i) {
            const int64_t kind = next();
            if (kind == DOUBLE) {
                const int64_t bits = next();
                memcpy(&doubles[double_count++], &bits, sizeof bits);
            } else if (kind == WHOLE) {
                whole[wholes++] = next();
            } else if (kind == BUFFER) {
                whole[wholes++] = (int64_t)buffer();
            } else {
                const int64_t length = next();
                for (int j = 0; j < length; ++j)
                    lists[i][j] = buffer();
                whole[wholes++] = (int64_t)lists[i];
            }
        }
        int64_t result = FUNCTIONS[number](whole[0], whole[1], whole[2], whole[3], whole[4], whole[5], whole[6],
                                           whole[7], whole[8], whole[9], whole[10], whole[11], doubles[0], doubles[1]);
        result = is_narrow ? (int32_t)result : result;
        fwrite(&result, sizeof result, 1, stdout);
        for (int i = 0; i < buffer_count; ++i) {
            fwrite(buffers[i].bytes, 1, buffers[i].size, stdout);
            free(buffers[i].bytes);
        }
        fflush(stdout);
    }
}
