// Matrix products with weights that were put in order once: panels of neighbouring columns, each with its whole sum.
//
// A tile of a few rows and one panel stays in registers while the sum runs over `inner` from first to last, so the bits
// of a row depend neither on the number of rows nor on its place. Weights stream from memory once a call, in the order
// they lie.

// Vectors of a panel and rows of a tile. 8 rows and 3 vectors take 24 of AVX-512's 32 registers and 11 loads for 24
// products; 6 rows and one vector, which is two of AVX2's, take 12 of its 16 registers and 8 loads for 12 products.
#ifdef LONGSCAN_WIDE
#define PANEL_VECTORS 3
#define TILE_ROWS 8
#define PACKED_CASES(tile) PACKED_CASES_TO_5(tile) PACKED_CASE(tile, 6) PACKED_CASE(tile, 7)
#else
#define PANEL_VECTORS 1
#define TILE_ROWS 6
#define PACKED_CASES(tile) PACKED_CASES_TO_5(tile)
#endif
#define PANEL_COLUMNS (PANEL_VECTORS * LANES)

// How far ahead of their use weights are asked for when they pass through once, in bytes.
#define PANEL_AHEAD 6144

typedef uint32_t pairs __attribute__((ext_vector_type(16)));
typedef uint32_t pairs_anywhere __attribute__((ext_vector_type(16), aligned(4), may_alias));

// sum += x · w for one float32 weight of 16 columns.
LEAF void add_product(floats *sum, const float *x, const float *w) {
    *sum += *x * load(w);
}

// sum += x · w for two neighbouring bfloat16 weights of 16 columns: the second first, as VDPBF16PS adds them.
LEAF void add_products_of_pair(floats *sum, const uint32_t *x, const uint32_t *w) {
#ifdef LONGSCAN_DOT
    __m512bh left = (__m512bh)_mm512_set1_epi32((int)*x), right = (__m512bh)_mm512_loadu_si512(w);
    *sum = (floats)_mm512_dpbf16_ps((__m512)*sum, left, right);
#else
    pairs both = *(const pairs_anywhere *)w, left = *x;
    *sum += (floats)(left & 0xffff0000) * (floats)(both & 0xffff0000);
    *sum += (floats)(left << 16) * (floats)(both << 16);
#endif
}

// One panel and `rows` rows; meanwhile `lines` cache lines a step are fetched from `ahead` on, `stride` bytes a step.
#define PACKED_TILE(name, element, add)                                                                                \
    LEAF void name(                                                                                                    \
        size_t rows, size_t steps, const element *x, size_t x_stride, const element *w, size_t columns,                \
        bool accumulate, float *y, size_t y_stride, const char *ahead, size_t stride, size_t lines) {                  \
        floats sum[TILE_ROWS][PANEL_VECTORS];                                                                          \
        _Pragma("clang loop unroll(full)") for (size_t r = 0; r < rows; r++) {                                         \
            _Pragma("clang loop unroll(full)") for (size_t v = 0; v < PANEL_VECTORS; v++) sum[r][v] = 0;               \
        }                                                                                                              \
        for (size_t k = 0; k < steps; k++, w += PANEL_COLUMNS, ahead += stride) {                                      \
            _Pragma("clang loop unroll(full)") for (size_t i = 0; i < lines; i++) {                                    \
                __builtin_prefetch(ahead + 64 * i, 0, 2);                                                              \
            }                                                                                                          \
            _Pragma("clang loop unroll(full)") for (size_t r = 0; r < rows; r++) {                                     \
                _Pragma("clang loop unroll(full)") for (size_t v = 0; v < PANEL_VECTORS; v++) {                        \
                    add(&sum[r][v], x + r * x_stride + k, w + v * LANES);                                              \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("clang loop unroll(full)") for (size_t r = 0; r < rows; r++) {                                         \
            _Pragma("clang loop unroll(full)") for (size_t v = 0; v < PANEL_VECTORS; v++) {                            \
                if (v * LANES >= columns) break;                                                                       \
                float *at = y + r * y_stride + v * LANES;                                                              \
                size_t lanes = lanes_at(v * LANES, columns);                                                           \
                store_lanes(at, accumulate ? load_lanes(at, lanes) + sum[r][v] : sum[r][v], lanes);                    \
            }                                                                                                          \
        }                                                                                                              \
    }

// Every number of rows has its own unrolled loop. With several tiles of rows a panel is read more than once, and the
// next one is fetched meanwhile; with one tile the fetches run ahead in the panel itself.
#define PACKED_PRODUCT(name, tile, element)                                                                            \
    static void name(                                                                                                  \
        size_t rows, size_t columns, size_t steps, const element *x, size_t x_stride, const element *panels,           \
        bool accumulate, float *y, size_t y_stride) {                                                                  \
        size_t panel = steps * PANEL_COLUMNS, step_bytes = PANEL_COLUMNS * sizeof(element);                            \
        size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;                                                             \
        for (size_t c = 0; c < columns; c += PANEL_COLUMNS, panels += panel, y += PANEL_COLUMNS) {                     \
            size_t width = columns - c < PANEL_COLUMNS ? columns - c : PANEL_COLUMNS;                                  \
            const char *next = (const char *)(panels + panel);                                                         \
            for (size_t t = 0; t < tiles; t++) {                                                                       \
                size_t left = rows - t * TILE_ROWS, at = t * TILE_ROWS;                                                \
                const element *from = x + at * x_stride;                                                               \
                float *to = y + at * y_stride;                                                                         \
                const char *ahead = next + t * steps * (step_bytes / tiles);                                           \
                if (tiles == 1) ahead = (const char *)panels + PANEL_AHEAD;                                            \
                switch (left) {                                                                                        \
                    PACKED_CASES(tile)                                                                                 \
                default:                                                                                               \
                    if (tiles > 1)                                                                                     \
                        tile(                                                                                          \
                            TILE_ROWS, steps, from, x_stride, panels, width, accumulate, to, y_stride, ahead,          \
                            step_bytes / tiles, 1);                                                                    \
                    else                                                                                               \
                        tile(                                                                                          \
                            TILE_ROWS, steps, from, x_stride, panels, width, accumulate, to, y_stride, ahead,          \
                            step_bytes, PANEL_VECTORS);                                                                \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

#define PACKED_CASES_TO_5(tile) \
    PACKED_CASE(tile, 1) PACKED_CASE(tile, 2) PACKED_CASE(tile, 3) PACKED_CASE(tile, 4) PACKED_CASE(tile, 5)

#define PACKED_CASE(tile, count)                                                                                       \
    case count:                                                                                                        \
        tile(                                                                                                          \
            count, steps, from, x_stride, panels, width, accumulate, to, y_stride, ahead,                              \
            tiles > 1 ? step_bytes / tiles : step_bytes, PANEL_VECTORS);                                               \
        break;

PACKED_TILE(bfloat16_tile, uint32_t, add_products_of_pair)
PACKED_PRODUCT(packed_product_bfloat16, bfloat16_tile, uint32_t)

#ifndef LONGSCAN_DOT
PACKED_TILE(float_tile, float, add_product)
PACKED_PRODUCT(packed_product, float_tile, float)

// The nearest bfloat16, ties to even; not-a-number stays one.
LEAF uint32_t bfloat16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000) return bits >> 16 | 0x40;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// Panels of `inner` steps; columns after the last one are 0.
static void pack_panels(size_t columns, size_t inner, const float *weight, size_t stride, float *panels) {
    for (size_t c = 0; c < columns; c += PANEL_COLUMNS, panels += inner * PANEL_COLUMNS) {
        for (size_t first = 0; first < inner; first += LANES) {
            size_t end = first + LANES < inner ? first + LANES : inner;
            for (size_t i = 0; i < PANEL_COLUMNS; i++) {
                const float *row = weight + (c + i) * stride;
                for (size_t k = first; k < end; k++) panels[k * PANEL_COLUMNS + i] = c + i < columns ? row[k] : 0;
            }
        }
    }
}

// The same of bfloat16 in pairs, of which the last one of an odd `inner` has 0 for its second.
static void pack_panels_bfloat16(size_t columns, size_t inner, const float *weight, size_t stride, uint32_t *panels) {
    size_t steps = (inner + 1) / 2;
    for (size_t c = 0; c < columns; c += PANEL_COLUMNS, panels += steps * PANEL_COLUMNS) {
        for (size_t first = 0; first < steps; first += LANES) {
            size_t end = first + LANES < steps ? first + LANES : steps;
            for (size_t i = 0; i < PANEL_COLUMNS; i++) {
                const float *row = weight + (c + i) * stride;
                for (size_t k = first; k < end; k++) {
                    uint32_t low = c + i < columns ? bfloat16_of(row[2 * k]) : 0;
                    uint32_t high = c + i < columns && 2 * k + 1 < inner ? bfloat16_of(row[2 * k + 1]) : 0;
                    panels[k * PANEL_COLUMNS + i] = high << 16 | low;
                }
            }
        }
    }
}

static void round_to_bfloat16(size_t rows, size_t width, const float *input, size_t stride, uint32_t *output) {
    size_t steps = (width + 1) / 2;
    for (size_t t = 0; t < rows; t++, input += stride, output += steps) {
        for (size_t k = 0; k < width / 2; k++) {
            output[k] = bfloat16_of(input[2 * k + 1]) << 16 | bfloat16_of(input[2 * k]);
        }
        if (width % 2) output[steps - 1] = bfloat16_of(input[width - 1]);
    }
}
#endif
