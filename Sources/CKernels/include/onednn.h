// Matrix products by oneDNN, version 2, which is loaded at run time: neither its headers nor its library are needed to
// build.
//
// A part of CKernels.h, which includes it. Every call computes in the calling thread alone.

#ifndef LONGSCAN_ONEDNN_H
#define LONGSCAN_ONEDNN_H

#pragma clang assume_nonnull begin

typedef struct longscan_onednn longscan_onednn;
typedef struct longscan_onednn_product longscan_onednn_product;

// A function of oneDNN that is not there or did not return success, and what it returned (dnnl_status_t, 0: it is not
// there).
typedef struct {
    const char *_Nullable function;
    int status;
} longscan_onednn_failure;

// `library` is what dlopen gave for libdnnl.so.2. Instructions beyond the set are not used; NULL after a failure.
longscan_onednn *_Nullable longscan_onednn_load(
    void *library, longscan_instruction_set instruction_set, longscan_onednn_failure *failure);

// Three numbers of the version; the instruction set in use (dnnl_cpu_isa_t).
void longscan_onednn_version(const longscan_onednn *library, int version[_Nonnull 3], int *instruction_set);

// Products of [rows, inner] with a packed weight [columns, inner]ᵀ for the numbers of rows 1, 2, 4 … 256. `inner` is
// even for bfloat16. NULL after a failure.
longscan_onednn_product *_Nullable longscan_onednn_product_create(
    const longscan_onednn *library, size_t columns, size_t inner, bool is_bfloat16, longscan_onednn_failure *failure);
void longscan_onednn_product_free(longscan_onednn_product *product);

// Bytes of a packed weight, and of scratch memory for a call.
size_t longscan_onednn_weight_bytes(const longscan_onednn_product *product);
size_t longscan_onednn_scratch_bytes(const longscan_onednn_product *product);

// Puts weight[columns, inner], float32 or bfloat16, in oneDNN's order. Memory of both is aligned to 64 bytes.
longscan_onednn_failure longscan_onednn_pack(
    const longscan_onednn_product *product, const void *weight, void *packed);

// output[rows, columns] = input[rows, inner] · weightᵀ, without gaps between rows; `rows` is 1, 2, 4 … 256.
longscan_onednn_failure longscan_onednn_multiply(
    const longscan_onednn_product *product, size_t rows, const void *input, const void *packed, void *scratch,
    float *output);

#pragma clang assume_nonnull end

#endif
