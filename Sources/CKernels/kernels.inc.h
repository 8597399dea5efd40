// The leaf loops, written once with vectors of 16 floats and compiled once per instruction set by the files that
// include this one. The compiler splits the vectors where registers are narrower.

#include "CKernels.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT ON
// Vectors are handed only to functions that are inlined, so their calling convention is of no concern.
#pragma clang diagnostic ignored "-Wpsabi"

#ifdef LONGSCAN_TARGET
#pragma clang attribute push(__attribute__((target(LONGSCAN_TARGET))), apply_to = function)
#endif

#define LEAF static inline __attribute__((always_inline))

#include "vectors.inc.h"
#include "elementwise.inc.h"
#include "scan.inc.h"
#include "duality.inc.h"
#include "products.inc.h"
#include "packed.inc.h"

#ifdef LONGSCAN_TARGET
#pragma clang attribute pop
#endif

extern const longscan_kernel_table LONGSCAN_TABLE;

const longscan_kernel_table LONGSCAN_TABLE = {
    .name = LONGSCAN_NAME,
    .instruction_set = LONGSCAN_SET,
    .root_mean_square_norm = root_mean_square_norm,
    .gated_norm = gated_norm,
    .add_bias = add_bias,
    .convolution_silu = convolution_silu,
    .softplus_clamped = softplus_clamped,
    .selective_scan = selective_scan,
    .recurrence = recurrence,
    .duality_block = duality_block,
    .scale_columns = scale_columns,
    .few_rows_product = few_rows_product,
    .panel_columns = PANEL_COLUMNS,
    .pack_panels = pack_panels,
    .packed_product = packed_product,
    .pack_panels_bfloat16 = pack_panels_bfloat16,
    .round_to_bfloat16 = round_to_bfloat16,
    .packed_product_bfloat16 = packed_product_bfloat16,
    .log_sum_exp_tile = log_sum_exp_tile,
    .largest_of_tile = largest_of_tile,
    .add_rows_to_doubles = add_rows_to_doubles,
    .widen_bfloat16 = widen_bfloat16,
    .widen_float16 = widen_float16,
    .sum_of_elements = sum_of_elements,
    .exponentials = exponentials,
    .all_finite = all_finite,
};
