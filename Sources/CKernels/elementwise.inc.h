// Kernels that treat rows one by one: norms, convolution, activations, sums and conversions.

LEAF float sum_of_squares(const float *row, size_t width) {
    floats even = 0, odd = 0;
    size_t i = 0;
    for (; i + 2 * LANES <= width; i += 2 * LANES) {
        floats a = load(row + i), b = load(row + i + LANES);
        even += a * a;
        odd += b * b;
    }
    for (; i < width; i += LANES) {
        floats a = load_lanes(row + i, lanes_at(i, width));
        even += a * a;
    }
    return sum_of_lanes(even + odd);
}

LEAF float scale_of_norm(const float *row, size_t width, float epsilon) {
    return 1.0f / sqrtf(sum_of_squares(row, width) / (float)width + epsilon);
}

static void root_mean_square_norm(
    size_t rows, size_t width, const float *input, size_t input_stride, const float *weight, float epsilon,
    float *output, size_t output_stride) {
    for (size_t t = 0; t < rows; t++, input += input_stride, output += output_stride) {
        float scale = scale_of_norm(input, width, epsilon);
        for (size_t i = 0; i < width; i += LANES) {
            size_t lanes = lanes_at(i, width);
            floats values = load_lanes(input + i, lanes) * scale;
            if (weight) values *= load_lanes(weight + i, lanes);
            store_lanes(output + i, values, lanes);
        }
    }
}

static void gated_norm(
    size_t rows, size_t width, size_t groups, float *values, size_t values_stride, const float *gate,
    size_t gate_stride, const float *weight, float epsilon, bool norm_before_gate) {
    size_t part = width / groups;
    for (size_t t = 0; t < rows; t++, values += values_stride, gate += gate_stride) {
        for (size_t first = 0; first < width; first += part) {
            float *v = values + first;
            const float *z = gate + first, *w = weight + first;
            if (!norm_before_gate) {
                for (size_t i = 0; i < part; i += LANES) {
                    size_t lanes = lanes_at(i, part);
                    store_lanes(v + i, load_lanes(v + i, lanes) * silu(load_lanes(z + i, lanes)), lanes);
                }
            }
            float scale = scale_of_norm(v, part, epsilon);
            for (size_t i = 0; i < part; i += LANES) {
                size_t lanes = lanes_at(i, part);
                floats normed = load_lanes(v + i, lanes) * scale * load_lanes(w + i, lanes);
                if (norm_before_gate) normed *= silu(load_lanes(z + i, lanes));
                store_lanes(v + i, normed, lanes);
            }
        }
    }
}

static void add_bias(size_t rows, size_t width, const float *bias, float *values, size_t stride) {
    for (size_t t = 0; t < rows; t++, values += stride) {
        for (size_t i = 0; i < width; i += LANES) {
            size_t lanes = lanes_at(i, width);
            store_lanes(values + i, load_lanes(values + i, lanes) + load_lanes(bias + i, lanes), lanes);
        }
    }
}

static void scale_columns(size_t rows, size_t width, const float *factors, float *values, size_t stride) {
    for (size_t t = 0; t < rows; t++, values += stride) {
        for (size_t i = 0; i < width; i += LANES) {
            size_t lanes = lanes_at(i, width);
            store_lanes(values + i, load_lanes(values + i, lanes) * load_lanes(factors + i, lanes), lanes);
        }
    }
}

// One row: taps[j] is the input kernel - 1 - j tokens ago.
LEAF void convolve_row(const longscan_convolution *p, const float *const *taps, size_t kernel, float *output) {
    for (size_t i = 0; i < p->channels; i += LANES) {
        size_t lanes = lanes_at(i, p->channels);
        floats sum = p->bias ? load_lanes(p->bias + i, lanes) : (floats)0.0f;
        for (size_t j = 0; j < kernel; j++) {
            sum += load_lanes(p->weight + j * p->channels + i, lanes) * load_lanes(taps[j] + i, lanes);
        }
        store_lanes(output + i, silu(sum), lanes);
    }
}

static void convolution_silu(const longscan_convolution *p) {
    size_t kept = p->kernel - 1;
    const float *taps[LONGSCAN_CONVOLUTION_KERNEL_MAX];
    for (size_t t = 0; t < p->rows; t++) {
        for (size_t j = 0; j < p->kernel; j++) {
            taps[j] = t + j < kept ? p->history + (t + j) * p->channels : p->input + (t + j - kept) * p->input_stride;
        }
        float *output = p->output + t * p->output_stride;
        // The width that published models have, with its taps unrolled.
        if (p->kernel == 4) convolve_row(p, taps, 4, output); else convolve_row(p, taps, p->kernel, output);
    }
    // Oldest first: a short call shifts what it did not replace.
    for (size_t j = 0; j < kept; j++) {
        size_t from = p->rows + j;
        const float *source = from < kept ? p->history + from * p->channels : p->input + (from - kept) * p->input_stride;
        memmove(p->history + j * p->channels, source, p->channels * sizeof(float));
    }
}

static void softplus_clamped(
    size_t rows, size_t width, const float *input, size_t input_stride, const float *bias, float lowest, float highest,
    float *output, size_t output_stride) {
    for (size_t t = 0; t < rows; t++, input += input_stride, output += output_stride) {
        for (size_t i = 0; i < width; i += LANES) {
            size_t lanes = lanes_at(i, width);
            floats steps = softplus(load_lanes(input + i, lanes) + load_lanes(bias + i, lanes));
            steps = smaller(larger(steps, (floats)lowest), (floats)highest);
            store_lanes(output + i, steps, lanes);
        }
    }
}

static void add_rows_to_doubles(size_t rows, size_t width, const float *input, size_t stride, double *sums) {
    for (size_t t = 0; t < rows; t++, input += stride) {
        for (size_t i = 0; i < width; i++) sums[i] += (double)input[i];
    }
}

static void widen_bfloat16(size_t count, const uint16_t *input, float *output) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)input[i] << 16;
        memcpy(output + i, &bits, sizeof bits);
    }
}

// The exponent is moved by a product with 2^112, which also makes subnormal halves normal.
static void widen_float16(size_t count, const uint16_t *input, float *output) {
    for (size_t i = 0; i < count; i++) {
        uint32_t half = input[i], magnitude = (half & 0x7fff) << 13, bits;
        float value;
        memcpy(&value, &magnitude, sizeof value);
        value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
        if ((half & 0x7c00) == 0x7c00) bits |= 0x7f800000;
        bits |= (half & 0x8000) << 16;
        memcpy(output + i, &bits, sizeof bits);
    }
}

static bool all_finite(size_t count, const float *input) {
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, input + i, sizeof bits);
        found |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !found;
}

static float sum_of_elements(size_t count, const float *input) {
    floats sums[8] = {0};
    size_t i = 0;
    for (; i + 8 * LANES <= count; i += 8 * LANES) {
        for (size_t k = 0; k < 8; k++) {
            __builtin_prefetch(input + i + k * LANES + 2048);
            sums[k] += load(input + i + k * LANES);
        }
    }
    for (; i < count; i += LANES) sums[0] += load_lanes(input + i, lanes_at(i, count));
    for (size_t k = 1; k < 8; k++) sums[0] += sums[k];
    return sum_of_lanes(sums[0]);
}

static void exponentials(size_t count, float *values) {
    for (size_t i = 0; i < count; i += LANES) {
        size_t lanes = lanes_at(i, count);
        store_lanes(values + i, exp2_of_decay(-load_lanes(values + i, lanes)), lanes);
    }
}
