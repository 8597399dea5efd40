// The product of bfloat16 pairs for CPUs that have an instruction for it.
#if defined(__x86_64__)
#include "CKernels.h"

#include <immintrin.h>
#include <string.h>

#pragma STDC FP_CONTRACT ON
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)

#define LEAF static inline __attribute__((always_inline))
#define LONGSCAN_WIDE
#define LONGSCAN_DOT
#include "vectors.inc.h"
#include "packed.inc.h"

void longscan_packed_product_bfloat16_dot(
    size_t rows, size_t columns, size_t steps, const uint32_t *input, size_t input_stride, const uint32_t *panels,
    bool accumulate, float *output, size_t output_stride);

void longscan_packed_product_bfloat16_dot(
    size_t rows, size_t columns, size_t steps, const uint32_t *input, size_t input_stride, const uint32_t *panels,
    bool accumulate, float *output, size_t output_stride) {
    packed_product_bfloat16(rows, columns, steps, input, input_stride, panels, accumulate, output, output_stride);
}

#pragma clang attribute pop
#endif
