// The Mamba-1 selective scan (Gu and Dao, 2023, arXiv:2312.00752, equations 2a, 2b and 4, algorithm 2): channels are
// lanes.

// Rows that pass through all channels before the next rows do: their operands stay in the second-level cache.
#define SCAN_TILE 32

// The d_state that published Mamba-1 models have: 16 vectors of state fit the registers of AVX-512.
#define SCAN_STATES 16

// One state of 16 channels, one token: h = 2^(step · rate) · h + stepped · b, y += h · c.
LEAF void scan_state(floats *h, floats *y, floats step, floats stepped, floats rate, float b, float c) {
    *h = exp2_of_decay(step * rate) * *h + stepped * b;
    *y += *h * c;
}

LEAF void scan_published(const longscan_selective_scan *p, size_t first, size_t end, size_t channel) {
    const float *rates = p->rates + channel;
    size_t width = p->channels;
    floats h[SCAN_STATES];
#pragma clang loop unroll(full)
    for (size_t n = 0; n < SCAN_STATES; n++) {
        h[n] = load(p->state + n * width + channel);
        // When few rows pass through, the state comes from memory.
        __builtin_prefetch(p->state + n * width + channel + 4 * LANES, 1);
    }
    floats bias = load(p->step_bias + channel), skip = load(p->skip + channel);
    for (size_t t = first; t < end; t++) {
        float *in_out = p->steps + t * p->steps_stride + channel;
        const float *b = p->b + t * p->bc_stride, *c = p->c + t * p->bc_stride;
        floats u = load(p->input + t * p->input_stride + channel);
        floats step = softplus(load(in_out) + bias);
        floats stepped = step * u, y = skip * u;
#pragma clang loop unroll(full)
        for (size_t n = 0; n < SCAN_STATES; n++) {
            scan_state(&h[n], &y, step, stepped, load(rates + n * width), b[n], c[n]);
        }
        store(in_out, y * silu(load(p->gate + t * p->gate_stride + channel)));
    }
#pragma clang loop unroll(full)
    for (size_t n = 0; n < SCAN_STATES; n++) store(p->state + n * width + channel, h[n]);
}

LEAF void scan_any(
    const longscan_selective_scan *p, size_t first, size_t end, size_t channel, size_t lanes) {
    const float *rates = p->rates + channel;
    size_t width = p->channels;
    floats h[LONGSCAN_SCAN_STATES_MAX];
    for (size_t n = 0; n < p->states; n++) h[n] = load_lanes(p->state + n * width + channel, lanes);
    floats bias = load_lanes(p->step_bias + channel, lanes), skip = load_lanes(p->skip + channel, lanes);
    for (size_t t = first; t < end; t++) {
        float *in_out = p->steps + t * p->steps_stride + channel;
        const float *b = p->b + t * p->bc_stride, *c = p->c + t * p->bc_stride;
        floats u = load_lanes(p->input + t * p->input_stride + channel, lanes);
        floats step = softplus(load_lanes(in_out, lanes) + bias);
        floats stepped = step * u, y = skip * u;
        for (size_t n = 0; n < p->states; n++) {
            scan_state(&h[n], &y, step, stepped, load_lanes(rates + n * width, lanes), b[n], c[n]);
        }
        store_lanes(in_out, y * silu(load_lanes(p->gate + t * p->gate_stride + channel, lanes)), lanes);
    }
    for (size_t n = 0; n < p->states; n++) store_lanes(p->state + n * width + channel, h[n], lanes);
}

static void selective_scan(const longscan_selective_scan *p) {
    for (size_t first = 0; first < p->rows; first += SCAN_TILE) {
        size_t end = first + SCAN_TILE < p->rows ? first + SCAN_TILE : p->rows;
        for (size_t channel = 0; channel < p->channels; channel += LANES) {
            size_t lanes = lanes_at(channel, p->channels);
            if (p->states == SCAN_STATES && lanes == LANES) scan_published(p, first, end, channel);
            else scan_any(p, first, end, channel, lanes);
        }
    }
}
