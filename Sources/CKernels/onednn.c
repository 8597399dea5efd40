#include "CKernels.h"

#include <dlfcn.h>
#include <stdlib.h>

// The part of version 2's C interface that products need (oneapi-src.github.io/oneDNN/v2.6, dnnl.h and dnnl_types.h): handles
// are pointers, enumerations are int, and the two structures are handed through and copied as they are.
typedef struct {
    _Alignas(8) char bytes[696];  // dnnl_memory_desc_t
} memory_layout;

typedef struct {
    _Alignas(8) char bytes[2800];  // dnnl_matmul_desc_t
} operation;

typedef struct {
    int place;
    void *memory;
} argument;

typedef struct {
    int major, minor, patch;
} library_version;

enum { BFLOAT16 = 2, FLOAT32 = 3 };                                  // dnnl_data_type_t
enum { ANY = 1, ROW_MAJOR = 3, COLUMN_MAJOR = 22 };                  // dnnl_format_tag_t: any, ab, ba
enum { SOURCE = 1, WEIGHTS = 33, DESTINATION = 17, SCRATCH = 80 };   // DNNL_ARG_
enum { WEIGHTS_LAYOUT = 131, SCRATCH_LAYOUT = 136 };                 // dnnl_query_t
enum { SSE41 = 0x1, AVX2 = 0x7 };                                    // dnnl_cpu_isa_t
enum { PROCESSOR = 1, STRICT_MATH = 0, CALLERS_SCRATCH = 1, IN_ORDER = 1 };

#define FUNCTIONS(take)                                                                                                \
    take(const library_version *, dnnl_version, (void))                                                                \
    take(int, dnnl_set_max_cpu_isa, (int set))                                                                         \
    take(int, dnnl_get_effective_cpu_isa, (void))                                                                      \
    take(int, dnnl_engine_create, (void **engine, int kind, size_t index))                                             \
    take(int, dnnl_stream_create, (void **stream, void *engine, unsigned flags))                                       \
    take(int, dnnl_stream_destroy, (void *stream))                                                                     \
    take(int, dnnl_memory_desc_init_by_tag,                                                                            \
        (memory_layout *layout, int dimensions, const int64_t *sizes, int type, int tag))                              \
    take(size_t, dnnl_memory_desc_get_size, (const memory_layout *layout))                                             \
    take(int, dnnl_memory_create, (void **memory, const memory_layout *layout, void *engine, void *bytes))             \
    take(int, dnnl_memory_destroy, (void *memory))                                                                     \
    take(int, dnnl_primitive_attr_create, (void **attributes))                                                         \
    take(int, dnnl_primitive_attr_set_scratchpad_mode, (void *attributes, int mode))                                   \
    take(int, dnnl_primitive_attr_set_fpmath_mode, (void *attributes, int mode))                                       \
    take(int, dnnl_matmul_desc_init,                                                                                   \
        (operation *product, const memory_layout *source, const memory_layout *weights, const memory_layout *bias,     \
         const memory_layout *destination))                                                                            \
    take(int, dnnl_primitive_desc_create,                                                                              \
        (void **description, const operation *what, void *attributes, void *engine, const void *hint))                 \
    take(int, dnnl_reorder_primitive_desc_create,                                                                      \
        (void **description, const memory_layout *from, void *from_engine, const memory_layout *to, void *to_engine,   \
         void *attributes))                                                                                            \
    take(const memory_layout *, dnnl_primitive_desc_query_md, (const void *description, int what, int index))          \
    take(int, dnnl_primitive_desc_destroy, (void *description))                                                        \
    take(int, dnnl_primitive_create, (void **primitive, const void *description))                                      \
    take(int, dnnl_primitive_execute, (const void *primitive, void *stream, int count, const argument *arguments))     \
    take(int, dnnl_primitive_destroy, (void *primitive))

struct longscan_onednn {
#define MEMBER(type, name, parameters) type(*name) parameters;
    FUNCTIONS(MEMBER)
    // Of the OpenMP library that oneDNN is built with, if it is: the number of threads for what this thread starts.
    void (*omp_set_num_threads)(int threads);
    void *engine;
    void *attributes;
};

// 1, 2, 4 … 256 rows.
enum { ROW_COUNTS = 9 };

struct longscan_onednn_product {
    const longscan_onednn *library;
    memory_layout plain, packed;
    memory_layout input[ROW_COUNTS], output[ROW_COUNTS], scratch[ROW_COUNTS];
    void *primitives[ROW_COUNTS];
    void *order;
};

#define FAILED(function, status) ((longscan_onednn_failure){function, status})
// Leaves the function around it with what went wrong.
#define TRY(name, parameters)                                                                                          \
    do {                                                                                                               \
        int status = d->name parameters;                                                                               \
        if (status != 0) return FAILED(#name, status);                                                                 \
    } while (0)

static void use_one_thread(const longscan_onednn *d) {
    if (d->omp_set_num_threads) d->omp_set_num_threads(1);
}

static longscan_onednn_failure start(longscan_onednn *d, void *library, longscan_instruction_set instruction_set) {
#define FIND(type, name, parameters)                                                                                   \
    d->name = (type(*) parameters)dlsym(library, #name);                                                               \
    if (!d->name) return FAILED(#name, 0);
    FUNCTIONS(FIND)
    d->omp_set_num_threads = (void (*)(int))dlsym(library, "omp_set_num_threads");
    // The widest set is all that the CPU has, or what oneDNN's own environment variable leaves of it.
    if (instruction_set == LONGSCAN_AVX2) TRY(dnnl_set_max_cpu_isa, (AVX2));
    if (instruction_set == LONGSCAN_PORTABLE) TRY(dnnl_set_max_cpu_isa, (SSE41));
    TRY(dnnl_engine_create, (&d->engine, PROCESSOR, 0));
    TRY(dnnl_primitive_attr_create, (&d->attributes));
    // Memory that is kept by a primitive would be shared by the lanes; and float32 stays float32 whatever the environment says.
    TRY(dnnl_primitive_attr_set_scratchpad_mode, (d->attributes, CALLERS_SCRATCH));
    TRY(dnnl_primitive_attr_set_fpmath_mode, (d->attributes, STRICT_MATH));
    return FAILED(NULL, 0);
}

longscan_onednn *longscan_onednn_load(
    void *library, longscan_instruction_set instruction_set, longscan_onednn_failure *failure) {
    longscan_onednn *d = calloc(1, sizeof *d);
    if (!d) abort();
    *failure = start(d, library, instruction_set);
    if (!failure->function) return d;
    free(d);
    return NULL;
}

void longscan_onednn_version(const longscan_onednn *d, int version[3], int *instruction_set) {
    const library_version *numbers = d->dnnl_version();
    version[0] = numbers->major;
    version[1] = numbers->minor;
    version[2] = numbers->patch;
    *instruction_set = d->dnnl_get_effective_cpu_isa();
}

// The product of 2^index rows.
static longscan_onednn_failure add_rows(
    longscan_onednn_product *p, int index, size_t columns, size_t inner, int type, void **description) {
    const longscan_onednn *d = p->library;
    int64_t rows = (int64_t)1 << index;
    TRY(dnnl_memory_desc_init_by_tag, (&p->input[index], 2, (int64_t[]){rows, (int64_t)inner}, type, ROW_MAJOR));
    TRY(dnnl_memory_desc_init_by_tag, (&p->output[index], 2, (int64_t[]){rows, (int64_t)columns}, FLOAT32, ROW_MAJOR));
    operation product;
    TRY(dnnl_matmul_desc_init, (&product, &p->input[index], &p->packed, NULL, &p->output[index]));
    TRY(dnnl_primitive_desc_create, (description, &product, d->attributes, d->engine, NULL));
    TRY(dnnl_primitive_create, (&p->primitives[index], *description));
    p->packed = *d->dnnl_primitive_desc_query_md(*description, WEIGHTS_LAYOUT, 0);
    p->scratch[index] = *d->dnnl_primitive_desc_query_md(*description, SCRATCH_LAYOUT, 0);
    return FAILED(NULL, 0);
}

static longscan_onednn_failure add_order(longscan_onednn_product *p, void **description) {
    const longscan_onednn *d = p->library;
    TRY(dnnl_reorder_primitive_desc_create,
        (description, &p->plain, d->engine, &p->packed, d->engine, d->attributes));
    TRY(dnnl_primitive_create, (&p->order, *description));
    return FAILED(NULL, 0);
}

static longscan_onednn_failure complete(longscan_onednn_product *p, size_t columns, size_t inner, int type) {
    const longscan_onednn *d = p->library;
    const int64_t sizes[2] = {(int64_t)inner, (int64_t)columns};
    TRY(dnnl_memory_desc_init_by_tag, (&p->plain, 2, sizes, type, COLUMN_MAJOR));
    TRY(dnnl_memory_desc_init_by_tag, (&p->packed, 2, sizes, type, ANY));
    // The most rows come first and choose the weight's order, which the others take as it is.
    longscan_onednn_failure failure = FAILED(NULL, 0);
    void *description = NULL;
    for (int index = ROW_COUNTS - 1; index >= -1 && !failure.function; index--, description = NULL) {
        failure = index < 0 ? add_order(p, &description) : add_rows(p, index, columns, inner, type, &description);
        if (description) d->dnnl_primitive_desc_destroy(description);
    }
    return failure;
}

longscan_onednn_product *longscan_onednn_product_create(
    const longscan_onednn *library, size_t columns, size_t inner, bool is_bfloat16, longscan_onednn_failure *failure) {
    longscan_onednn_product *p = calloc(1, sizeof *p);
    if (!p) abort();
    p->library = library;
    use_one_thread(library);
    *failure = complete(p, columns, inner, is_bfloat16 ? BFLOAT16 : FLOAT32);
    if (!failure->function) return p;
    longscan_onednn_product_free(p);
    return NULL;
}

void longscan_onednn_product_free(longscan_onednn_product *p) {
    for (int index = 0; index < ROW_COUNTS; index++) {
        if (p->primitives[index]) p->library->dnnl_primitive_destroy(p->primitives[index]);
    }
    if (p->order) p->library->dnnl_primitive_destroy(p->order);
    free(p);
}

size_t longscan_onednn_weight_bytes(const longscan_onednn_product *p) {
    return p->library->dnnl_memory_desc_get_size(&p->packed);
}

size_t longscan_onednn_scratch_bytes(const longscan_onednn_product *p) {
    size_t most = 0;
    for (int index = 0; index < ROW_COUNTS; index++) {
        size_t bytes = p->library->dnnl_memory_desc_get_size(&p->scratch[index]);
        most = bytes > most ? bytes : most;
    }
    return most;
}

// Runs a primitive over memory that is described for the length of the call.
typedef struct {
    int place;
    const memory_layout *layout;
    const void *bytes;
} place_in_memory;

static longscan_onednn_failure execute(
    const longscan_onednn *d, const void *primitive, void *stream, int count, const place_in_memory *places,
    argument *arguments) {
    for (int i = 0; i < count; i++) {
        arguments[i].place = places[i].place;
        TRY(dnnl_memory_create, (&arguments[i].memory, places[i].layout, d->engine, (void *)places[i].bytes));
    }
    TRY(dnnl_primitive_execute, (primitive, stream, count, arguments));
    return FAILED(NULL, 0);
}

static longscan_onednn_failure run(
    const longscan_onednn *d, const void *primitive, int count, const place_in_memory *places) {
    use_one_thread(d);
    void *stream = NULL;
    argument arguments[4] = {{0, NULL}};
    TRY(dnnl_stream_create, (&stream, d->engine, IN_ORDER));
    longscan_onednn_failure failure = execute(d, primitive, stream, count, places, arguments);
    for (int i = 0; i < count; i++) {
        if (arguments[i].memory) d->dnnl_memory_destroy(arguments[i].memory);
    }
    d->dnnl_stream_destroy(stream);
    return failure;
}

longscan_onednn_failure longscan_onednn_pack(
    const longscan_onednn_product *p, const void *weight, void *packed) {
    const place_in_memory places[] = {{SOURCE, &p->plain, weight}, {DESTINATION, &p->packed, packed}};
    return run(p->library, p->order, 2, places);
}

longscan_onednn_failure longscan_onednn_multiply(
    const longscan_onednn_product *p, size_t rows, const void *input, const void *packed, void *scratch,
    float *output) {
    int index = __builtin_ctzl(rows);
    const place_in_memory places[] = {
        {SOURCE, &p->input[index], input}, {WEIGHTS, &p->packed, packed}, {DESTINATION, &p->output[index], output},
        {SCRATCH, &p->scratch[index], scratch}};
    return run(p->library, p->primitives[index], 4, places);
}
