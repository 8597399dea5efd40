#include "CKernels.h"

extern const longscan_kernel_table longscan_kernels_portable;

#if defined(__x86_64__)
extern const longscan_kernel_table longscan_kernels_avx2;
extern const longscan_kernel_table longscan_kernels_avx512;

// __builtin_cpu_supports asks XGETBV too: a kernel that does not save the wide registers counts as not having them.
longscan_instruction_set longscan_best_instruction_set(void) {
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) return LONGSCAN_AVX512;
    return avx2 ? LONGSCAN_AVX2 : LONGSCAN_PORTABLE;
}

void longscan_packed_product_bfloat16_dot(
    size_t rows, size_t columns, size_t steps, const uint32_t *input, size_t input_stride, const uint32_t *panels,
    bool accumulate, float *output, size_t output_stride);

longscan_bfloat16_product longscan_bfloat16_dot_product(void) {
    bool dot = longscan_best_instruction_set() == LONGSCAN_AVX512 && __builtin_cpu_supports("avx512bf16");
    return dot ? longscan_packed_product_bfloat16_dot : NULL;
}

const longscan_kernel_table *longscan_kernels(longscan_instruction_set instruction_set) {
    switch (instruction_set) {
    case LONGSCAN_AVX512: return &longscan_kernels_avx512;
    case LONGSCAN_AVX2: return &longscan_kernels_avx2;
    case LONGSCAN_PORTABLE: return &longscan_kernels_portable;
    }
    return &longscan_kernels_portable;
}
#else
longscan_bfloat16_product longscan_bfloat16_dot_product(void) {
    return NULL;
}

longscan_instruction_set longscan_best_instruction_set(void) {
    return LONGSCAN_PORTABLE;
}

const longscan_kernel_table *longscan_kernels(longscan_instruction_set instruction_set) {
    (void)instruction_set;
    return &longscan_kernels_portable;
}
#endif
