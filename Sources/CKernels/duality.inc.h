// Mamba-2 (Dao and Gu, 2024, arXiv:2405.21060): the recurrence of section 2 and, for blocks of rows, the parts of the
// state-space duality algorithm (section 6, listing 1) that are no plain matrix product. The state is [states,
// channels].

LEAF float exp2_of_one(float x) {
    floats v = x;
    return exp2_of_decay(v).x;
}

// h = decay · h + stepped · b[n], y += h · c[n] for a tile of channels, four states at a time.
LEAF void recur_tile(
    const float *b, const float *c, size_t states, const float *decay, const float *stepped, float *state, size_t width,
    float *y, size_t from, size_t end) {
    for (size_t n = 0; n < states; n += 4) {
        size_t many = states - n < 4 ? states - n : 4;
        for (size_t i = from; i < end; i += LANES) {
            size_t lanes = lanes_at(i, end);
            floats kept = load_lanes(decay + i, lanes), added = load_lanes(stepped + i, lanes);
            floats sum = load_lanes(y + i, lanes);
            for (size_t k = 0; k < many; k++) {
                float *at = state + (n + k) * width + i;
                // The same channels of the states after these: states of a batch come from memory.
                __builtin_prefetch(at + 4 * width, 1);
                floats h = kept * load_lanes(at, lanes) + added * b[n + k];
                store_lanes(at, h, lanes);
                sum += h * c[n + k];
            }
            store_lanes(y + i, sum, lanes);
        }
    }
}

static void recurrence(const longscan_recurrence *p) {
    size_t width = p->heads * p->head_channels, group_width = width / p->groups;
    float *decay = p->scratch, *stepped = p->scratch + width;
    for (size_t t = 0; t < p->rows; t++) {
        const float *x = p->input + t * p->input_stride;
        float *y = p->output + t * p->output_stride;
        for (size_t head = 0; head < p->heads; head++) {
            float step = p->steps[t * p->heads + head], kept = exp2_of_one(step * p->rates[head]);
            for (size_t i = head * p->head_channels; i < (head + 1) * p->head_channels; i++) {
                decay[i] = kept;
                stepped[i] = step * x[i];
                y[i] = p->skip[head] * x[i];
            }
        }
        for (size_t group = 0; group < p->groups; group++) {
            const float *b = p->b + t * p->bc_stride + group * p->states;
            const float *c = p->c + t * p->bc_stride + group * p->states;
            // Tiles keep decay, input and output in the first-level cache while the state streams past, in as long runs
            // as that allows.
            size_t last = (group + 1) * group_width;
            for (size_t from = group * group_width; from < last; from += 2048) {
                size_t end = from + 2048 < last ? from + 2048 : last;
                recur_tile(b, c, p->states, decay, stepped, p->state, width, y, from, end);
            }
        }
    }
}

// y[i] = carried[i] · y[i] + skip · x[i] + sum over j <= i of mask[i][j] · x[j], for `many` rows and one vector of
// channels.
LEAF void masked_product(
    const longscan_duality_block *p, const float *mask, const float *carried, float skip, size_t row, size_t many,
    size_t channel, size_t vectors, size_t lanes) {
    floats sum[4][4];
    for (size_t r = 0; r < many; r++) {
        for (size_t v = 0; v < vectors; v++) {
            size_t at = channel + v * LANES;
            floats before = load_lanes(p->output + (row + r) * p->output_stride + at, lanes);
            floats x = load_lanes(p->input + (row + r) * p->input_stride + at, lanes);
            sum[r][v] = before * carried[row + r] + x * skip;
        }
    }
    // The mask is 0 above the diagonal, so the rows of a tile can share their last columns.
    for (size_t j = 0; j < row + many; j++) {
        for (size_t v = 0; v < vectors; v++) {
            floats x = load_lanes(p->input + j * p->input_stride + channel + v * LANES, lanes);
            for (size_t r = 0; r < many; r++) sum[r][v] += x * mask[(row + r) * LONGSCAN_DUALITY_ROWS + j];
        }
    }
    for (size_t r = 0; r < many; r++) {
        for (size_t v = 0; v < vectors; v++) {
            store_lanes(p->output + (row + r) * p->output_stride + channel + v * LANES, sum[r][v], lanes);
        }
    }
}

LEAF void masked_rows(
    const longscan_duality_block *p, const float *mask, const float *carried, float skip, size_t row, size_t many,
    size_t first, size_t end) {
    size_t channel = first;
    for (; channel + 4 * LANES <= end; channel += 4 * LANES) {
        masked_product(p, mask, carried, skip, row, many, channel, 4, LANES);
    }
    for (; channel < end; channel += LANES) {
        masked_product(p, mask, carried, skip, row, many, channel, 1, lanes_at(channel, end));
    }
}

// One head: `total` [64] running sums of step · rate, `rest` [64] what rounding left of them, `step` [64], `mask` [64,
// 64]. Decays between two rows are differences of large sums, which without the rest would lose their last digits.
LEAF void duality_head(
    const longscan_duality_block *p, size_t head, const float *scores, float *mask, float *total, float *rest,
    float *step, float *carried) {
    double sum = 0;
    for (size_t i = 0; i < p->rows; i++) {
        step[i] = p->steps[i * p->heads + head];
        sum += (double)step[i] * (double)p->rates[head];
        total[i] = (float)sum;
        rest[i] = (float)(sum - (double)total[i]);
    }
    for (size_t i = 0; i < p->rows; i += LANES) {
        size_t lanes = lanes_at(i, p->rows);
        store_lanes(carried + i, exp2_of_decay(load_lanes(total + i, lanes)), lanes);
    }
    for (size_t i = 0; i < p->rows; i++) {
        float *row = mask + i * LONGSCAN_DUALITY_ROWS;
        for (size_t j = 0; j < p->rows; j += LANES) {
            size_t lanes = lanes_at(j, p->rows);
            if (j > i) {
                store_lanes(row + j, (floats)0.0f, lanes);
                continue;
            }
            floats between = (total[i] - load_lanes(total + j, lanes)) + (rest[i] - load_lanes(rest + j, lanes));
            floats decay = exp2_of_decay(smaller(between, (floats)0.0f));
            floats weight = load_lanes(scores + i * p->rows + j, lanes) * decay * load_lanes(step + j, lanes);
            store_lanes(row + j, weight, lanes);
        }
        for (size_t j = i + 1; j < p->rows && j % LANES; j++) row[j] = 0;
    }
    size_t first = head * p->head_channels, end = first + p->head_channels;
    size_t row = 0;
    for (; row + 4 <= p->rows; row += 4) masked_rows(p, mask, carried, p->skip[head], row, 4, first, end);
    for (; row < p->rows; row++) masked_rows(p, mask, carried, p->skip[head], row, 1, first, end);

    size_t width = p->heads * p->head_channels;
    size_t last = p->rows - 1;
    for (size_t i = 0; i < p->rows; i++) {
        float left = exp2_of_one((total[last] - total[i]) + (rest[last] - rest[i])) * step[i];
        for (size_t k = first; k < end; k++) p->weighted[i * width + k] = left * p->input[i * p->input_stride + k];
    }
    for (size_t k = first; k < end; k++) p->decay[k] = carried[last];
}

static void duality_block(const longscan_duality_block *p) {
    float *mask = p->scratch, *total = mask + LONGSCAN_DUALITY_ROWS * LONGSCAN_DUALITY_ROWS;
    float *rest = total + LONGSCAN_DUALITY_ROWS, *step = rest + LONGSCAN_DUALITY_ROWS;
    float *carried = step + LONGSCAN_DUALITY_ROWS;
    for (size_t head = 0; head < p->heads; head++) {
        size_t group = head / (p->heads / p->groups);
        duality_head(p, head, p->scores + group * p->rows * p->rows, mask, total, rest, step, carried);
    }
}
