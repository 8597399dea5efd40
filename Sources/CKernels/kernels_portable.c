// No instruction set named: what the platform's baseline has (SSE2 on x86-64, NEON on AArch64).
#define LONGSCAN_TABLE longscan_kernels_portable
#define LONGSCAN_NAME "portable"
#define LONGSCAN_SET LONGSCAN_PORTABLE
#include "kernels.inc.h"
