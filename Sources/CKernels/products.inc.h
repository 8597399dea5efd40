// Matrix products of few rows, and what is computed from logits.

// Every element is the sum over `inner` in steps of 16 lanes, then over the lanes: the same order for each row of each tile.
LEAF void product_tile(
    size_t rows, size_t columns, size_t inner, const float *input, size_t input_stride, const float *weight,
    size_t weight_stride, bool accumulate, float *output, size_t output_stride) {
    floats sum[2][8];
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) sum[r][c] = 0;
    }
    size_t k = 0;
    for (; k + LANES <= inner; k += LANES) {
        for (size_t r = 0; r < rows; r++) {
            floats x = load(input + r * input_stride + k);
            for (size_t c = 0; c < columns; c++) sum[r][c] += x * load(weight + c * weight_stride + k);
        }
    }
    if (k < inner) {
        size_t lanes = inner - k;
        for (size_t r = 0; r < rows; r++) {
            floats x = load_part(input + r * input_stride + k, lanes);
            for (size_t c = 0; c < columns; c++) sum[r][c] += x * load_part(weight + c * weight_stride + k, lanes);
        }
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            float *at = output + r * output_stride + c, value = sum_of_lanes(sum[r][c]);
            *at = accumulate ? *at + value : value;
        }
    }
}

static void few_rows_product(
    size_t rows, size_t columns, size_t inner, const float *input, size_t input_stride, const float *weight,
    size_t weight_stride, bool accumulate, float *output, size_t output_stride) {
    size_t c = 0;
    // Columns outside, rows inside: each weight comes from memory once.
    for (; c + 8 <= columns; c += 8) {
        const float *w = weight + c * weight_stride;
        size_t r = 0;
        for (; r + 2 <= rows; r += 2) {
            product_tile(
                2, 8, inner, input + r * input_stride, input_stride, w, weight_stride, accumulate,
                output + r * output_stride + c, output_stride);
        }
        if (r < rows) {
            product_tile(
                1, 8, inner, input + r * input_stride, input_stride, w, weight_stride, accumulate,
                output + r * output_stride + c, output_stride);
        }
    }
    for (; c < columns; c++) {
        for (size_t r = 0; r < rows; r++) {
            product_tile(
                1, 1, inner, input + r * input_stride, input_stride, weight + c * weight_stride, weight_stride, accumulate,
                output + r * output_stride + c, output_stride);
        }
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
