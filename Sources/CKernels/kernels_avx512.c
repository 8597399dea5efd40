#if defined(__x86_64__)
#define LONGSCAN_TABLE longscan_kernels_avx512
#define LONGSCAN_NAME "avx512"
#define LONGSCAN_SET LONGSCAN_AVX512
#include <immintrin.h>
// Has instructions that round and that scale by a power of two.
#define LONGSCAN_SCALES
// And 32 registers of a whole vector.
#define LONGSCAN_WIDE
#define LONGSCAN_TARGET "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"
#include "kernels.inc.h"
#endif
