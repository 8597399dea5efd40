#if defined(__x86_64__)
#define LONGSCAN_TABLE longscan_kernels_avx2
#define LONGSCAN_NAME "avx2"
#define LONGSCAN_SET LONGSCAN_AVX2
#define LONGSCAN_TARGET "avx2,fma"
#include "kernels.inc.h"
#endif
