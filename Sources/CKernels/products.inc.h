// Matrix products of few rows, and what is computed from logits.

// Chains of additions that run side by side in one sum.
#define CHAINS 4
// How far ahead weights are asked for, in elements: a core alone waits too much on memory otherwise.
#define AHEAD 1024

// One weight row times `rows` input rows. Every sum runs over `inner` in the same order: vector k goes to chain k mod
// 4, then the chains are added, then the lanes.
LEAF void products_with_row(
    size_t rows, size_t inner, const float *input, size_t input_stride, const float *weight, bool accumulate,
    float *output, size_t output_stride) {
    floats sum[4][CHAINS];
    for (size_t r = 0; r < rows; r++) {
        for (size_t chain = 0; chain < CHAINS; chain++) sum[r][chain] = 0;
    }
    size_t k = 0;
    for (; k + CHAINS * LANES <= inner; k += CHAINS * LANES) {
        for (size_t chain = 0; chain < CHAINS; chain++) {
            size_t at = k + chain * LANES;
            __builtin_prefetch(weight + at + AHEAD);
            floats w = load(weight + at);
            for (size_t r = 0; r < rows; r++) sum[r][chain] += load(input + r * input_stride + at) * w;
        }
    }
    for (size_t chain = 0; chain < CHAINS && k < inner; chain++, k += LANES) {
        size_t lanes = lanes_at(k, inner);
        floats w = load_lanes(weight + k, lanes);
        for (size_t r = 0; r < rows; r++) sum[r][chain] += load_lanes(input + r * input_stride + k, lanes) * w;
    }
    for (size_t r = 0; r < rows; r++) {
        float *at = output + r * output_stride;
        float value = sum_of_lanes((sum[r][0] + sum[r][1]) + (sum[r][2] + sum[r][3]));
        *at = accumulate ? *at + value : value;
    }
}

static void few_rows_product(
    size_t rows, size_t columns, size_t inner, const float *input, size_t input_stride, const float *weight,
    size_t weight_stride, bool accumulate, float *output, size_t output_stride) {
    // Columns outside, rows inside: each weight comes from memory once, in the order it lies there.
    for (size_t c = 0; c < columns; c++, weight += weight_stride, output++) {
        const float *x = input;
        float *y = output;
        size_t left = rows;
        for (; left >= 4; left -= 4, x += 4 * input_stride, y += 4 * output_stride) {
            products_with_row(4, inner, x, input_stride, weight, accumulate, y, output_stride);
        }
        if (left & 2) {
            products_with_row(2, inner, x, input_stride, weight, accumulate, y, output_stride);
            x += 2 * input_stride;
            y += 2 * output_stride;
        }
        if (left & 1) products_with_row(1, inner, x, input_stride, weight, accumulate, y, output_stride);
    }
}

LEAF float largest(const float *values, size_t count) {
    floats best = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) best = larger(best, load(values + i));
    float result = best[0];
    for (int lane = 1; lane < LANES; lane++) result = best[lane] > result ? best[lane] : result;
    for (; i < count; i++) result = values[i] > result ? values[i] : result;
    return result;
}

LEAF float sum_of_exponentials(const float *values, size_t count, float maximum) {
    floats sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) sum += exp_floats(load(values + i) - maximum);
    if (i < count) {
        floats part = exp_floats(load_part(values + i, count - i) - maximum);
        for (size_t lane = 0; lane < count - i; lane++) sum[lane] += part[lane];
    }
    return sum_of_lanes(sum);
}

static void log_sum_exp_tile(
    size_t rows, size_t columns, const float *logits, size_t stride, size_t first_column, float *maximum, double *sum,
    int32_t *position) {
    for (size_t t = 0; t < rows; t++, logits += stride) {
        float best = largest(logits, columns);
        if (best > maximum[t]) {
            size_t at = 0;
            while (logits[at] != best) at++;
            position[t] = (int32_t)(first_column + at);
            sum[t] *= exp((double)maximum[t] - (double)best);
            maximum[t] = best;
        }
        sum[t] += (double)sum_of_exponentials(logits, columns, maximum[t]);
    }
}

// Columns that are passed over together when none of them is large enough.
#define LOOKED_AT 64

static void largest_of_tile(
    size_t rows, size_t columns, const float *logits, size_t stride, size_t first_column, size_t count, float *values,
    int32_t *positions) {
    for (size_t t = 0; t < rows; t++, logits += stride, values += count, positions += count) {
        for (size_t c = 0; c < columns; c += LOOKED_AT) {
            size_t width = columns - c < LOOKED_AT ? columns - c : LOOKED_AT;
            if (!(largest(logits + c, width) > values[count - 1])) continue;
            for (size_t i = c; i < c + width; i++) {
                if (!(logits[i] > values[count - 1])) continue;
                size_t place = count - 1;
                for (; place > 0 && logits[i] > values[place - 1]; place--) {
                    values[place] = values[place - 1];
                    positions[place] = positions[place - 1];
                }
                values[place] = logits[i];
                positions[place] = (int32_t)(first_column + i);
            }
        }
    }
}
