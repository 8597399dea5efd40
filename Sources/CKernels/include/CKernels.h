// Leaf loops of the model arithmetic in float32, each compiled for several instruction sets and chosen at run time.
//
// The Swift module Kernels is the only caller; shapes, sources and rules are documented there. Matrices are row-major;
// a `_stride` is the distance between neighbouring rows in elements. Lengths need not be multiples of the vector width.
// For one instruction set the results depend on the arguments alone, and every row's bits are the same however many
// rows a call has.

#ifndef LONGSCAN_CKERNELS_H
#define LONGSCAN_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Rows of the state-space duality form that are worked on as one matrix product.
enum { LONGSCAN_DUALITY_ROWS = 64 };
// The largest d_state of the Mamba-1 scan: its lanes keep the state of 16 channels in a local array.
enum { LONGSCAN_SCAN_STATES_MAX = 256 };
// The largest convolution kernel.
enum { LONGSCAN_CONVOLUTION_KERNEL_MAX = 16 };

typedef enum {
    LONGSCAN_PORTABLE = 0,
    LONGSCAN_AVX2 = 1,
    LONGSCAN_AVX512 = 2,
} longscan_instruction_set;

typedef struct {
    size_t rows, channels, kernel;
    const float *input;
    size_t input_stride;
    const float *weight;           // [kernel, channels], oldest tap first
    const float *_Nullable bias;   // [channels]
    float *history;                // [kernel - 1, channels], oldest first: in the last inputs before, out the last of these
    float *output;
    size_t output_stride;
} longscan_convolution;

typedef struct {
    size_t rows, channels, states;
    float *steps;                  // [rows, channels]: in the step before softplus, out the gated output
    size_t steps_stride;
    const float *step_bias;        // [channels]
    const float *input;            // [rows, channels]
    size_t input_stride;
    const float *rates;            // [states, channels]: A · log2(e)
    const float *b;                // [rows, states]
    const float *c;                // [rows, states]
    size_t bc_stride;
    const float *skip;             // [channels]: D
    const float *gate;             // [rows, channels]: z
    size_t gate_stride;
    float *state;                  // [states, channels]
} longscan_selective_scan;

typedef struct {
    size_t rows, heads, head_channels, groups, states;
    const float *input;            // [rows, heads · head_channels]
    size_t input_stride;
    const float *b;                // [rows, groups · states]
    const float *c;                // [rows, groups · states]
    size_t bc_stride;
    const float *steps;            // [rows, heads], after softplus and clamp
    const float *rates;            // [heads]: A · log2(e)
    const float *skip;             // [heads]: D
    float *state;                  // [states, heads · head_channels]
    float *output;                 // [rows, heads · head_channels]
    size_t output_stride;
    float *scratch;                // [2, heads · head_channels]
} longscan_recurrence;

typedef struct {
    size_t rows;                   // at most LONGSCAN_DUALITY_ROWS
    size_t heads, head_channels, groups;
    const float *input;            // [rows, heads · head_channels]
    size_t input_stride;
    const float *steps;            // [rows, heads]
    const float *rates;            // [heads]: A · log2(e)
    const float *skip;             // [heads]: D
    const float *scores;           // [groups, rows, rows]: C Bᵀ
    float *output;                 // [rows, heads · head_channels]: in C · state, out the block's output
    size_t output_stride;
    float *weighted;               // [rows, heads · head_channels]: out the inputs as they reach the block's end
    float *decay;                  // [heads · head_channels]: out what is left of the state at the block's end
    float *scratch;                // [64, 64 + 4]
} longscan_duality_block;

typedef void (*longscan_bfloat16_product)(
    size_t rows, size_t columns, size_t steps, const uint32_t *input, size_t input_stride, const uint32_t *panels,
    bool accumulate, float *output, size_t output_stride);

typedef struct {
    const char *name;
    longscan_instruction_set instruction_set;

    // output = input / rms(input) · weight over each row's `width` elements; `weight` NULL: 1. May be in place.
    void (*root_mean_square_norm)(
        size_t rows, size_t width, const float *input, size_t input_stride, const float *_Nullable weight,
        float epsilon, float *output, size_t output_stride);
    // Mamba-2's norm with a gate, over `groups` equal parts of a row; in place over `values`.
    void (*gated_norm)(
        size_t rows, size_t width, size_t groups, float *values, size_t values_stride, const float *gate,
        size_t gate_stride, const float *weight, float epsilon, bool norm_before_gate);
    void (*add_bias)(size_t rows, size_t width, const float *bias, float *values, size_t stride);
    void (*convolution_silu)(const longscan_convolution *arguments);
    void (*softplus_clamped)(
        size_t rows, size_t width, const float *input, size_t input_stride, const float *bias, float lowest,
        float highest, float *output, size_t output_stride);
    void (*selective_scan)(const longscan_selective_scan *arguments);
    void (*recurrence)(const longscan_recurrence *arguments);
    void (*duality_block)(const longscan_duality_block *arguments);
    // state[states, channels] *= decay[channels]
    void (*scale_columns)(size_t rows, size_t width, const float *factors, float *values, size_t stride);
    // output[rows, columns] (+)= input[rows, inner] · weight[columns, inner]ᵀ, one fixed order of the sum over `inner`.
    void (*few_rows_product)(
        size_t rows, size_t columns, size_t inner, const float *input, size_t input_stride, const float *weight,
        size_t weight_stride, bool accumulate, float *output, size_t output_stride);
    // Columns of a panel of packed weights.
    size_t panel_columns;
    // weight[columns, inner] as panels [columns / panel_columns, rounded up][inner][panel_columns].
    void (*pack_panels)(size_t columns, size_t inner, const float *weight, size_t stride, float *panels);
    // output[rows, columns] (+)= input[rows, inner] · weight[columns, inner]ᵀ, `inner` summed from first to last.
    void (*packed_product)(
        size_t rows, size_t columns, size_t inner, const float *input, size_t input_stride, const float *panels,
        bool accumulate, float *output, size_t output_stride);
    // The same with pairs of bfloat16, of which there are (inner + 1) / 2 `steps`; sums are float32.
    void (*pack_panels_bfloat16)(
        size_t columns, size_t inner, const float *weight, size_t stride, uint32_t *panels);
    // output[rows, (width + 1) / 2] = the nearest bfloat16, in pairs.
    void (*round_to_bfloat16)(size_t rows, size_t width, const float *input, size_t stride, uint32_t *output);
    longscan_bfloat16_product packed_product_bfloat16;
    // Folds a tile of logits into running maximum, sum of exp(logit - maximum) and position of the maximum per row.
    void (*log_sum_exp_tile)(
        size_t rows, size_t columns, const float *logits, size_t stride, size_t first_column, float *maximum,
        double *sum, int32_t *position);
    // Folds a tile of logits into the `count` largest of each row, [rows, count] in order from the largest on; of equal
    // ones the first is before the others. Not-a-numbers are passed over.
    void (*largest_of_tile)(
        size_t rows, size_t columns, const float *logits, size_t stride, size_t first_column, size_t count,
        float *values, int32_t *positions);
    void (*add_rows_to_doubles)(size_t rows, size_t width, const float *input, size_t stride, double *sums);
    void (*widen_bfloat16)(size_t count, const uint16_t *input, float *output);
    void (*widen_float16)(size_t count, const uint16_t *input, float *output);
    // Sum of elements, in an order of its own; values = 2^-values: what memory and arithmetic can do at best.
    float (*sum_of_elements)(size_t count, const float *input);
    void (*exponentials)(size_t count, float *values);
    bool (*all_finite)(size_t count, const float *input);
} longscan_kernel_table;

// The best instruction set that this CPU and operating system can run.
longscan_instruction_set longscan_best_instruction_set(void);

// The kernels of one instruction set; one this machine cannot run must not be called.
const longscan_kernel_table *longscan_kernels(longscan_instruction_set instruction_set);

// The product of bfloat16 by VDPBF16PS, over the panels of AVX-512's table; NULL where the CPU does not have it.
longscan_bfloat16_product _Nullable longscan_bfloat16_dot_product(void);

#pragma clang assume_nonnull end


#endif
