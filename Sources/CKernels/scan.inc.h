// The Mamba-1 selective scan (Gu and Dao, 2023, arXiv:2312.00752, equations 2a, 2b and 4, algorithm 2): channels are lanes.

// Rows that pass through all channels before the next rows do: their operands stay in the second-level cache.
#define SCAN_TILE 32

// `states` is a constant where it is inlined for a known size, which keeps `h` in registers.
LEAF void scan_channels(
    const longscan_selective_scan *p, size_t first, size_t end, size_t channel, size_t lanes, size_t states) {
    floats h[LONGSCAN_SCAN_STATES_MAX];
    for (size_t n = 0; n < states; n++) h[n] = load_lanes(p->state + n * p->channels + channel, lanes);
    floats bias = load_lanes(p->step_bias + channel, lanes), skip = load_lanes(p->skip + channel, lanes);
    for (size_t t = first; t < end; t++) {
        float *in_out = p->steps + t * p->steps_stride + channel;
        const float *b = p->b + t * p->bc_stride, *c = p->c + t * p->bc_stride;
        floats u = load_lanes(p->input + t * p->input_stride + channel, lanes);
        floats step = softplus(load_lanes(in_out, lanes) + bias);
        floats stepped = step * u, even = skip * u, odd = 0;
        for (size_t n = 0; n < states; n++) {
            floats kept = exp2_of_decay(step * load_lanes(p->rates + n * p->channels + channel, lanes));
            h[n] = kept * h[n] + stepped * b[n];
            if (n & 1) odd += h[n] * c[n]; else even += h[n] * c[n];
        }
        floats z = load_lanes(p->gate + t * p->gate_stride + channel, lanes);
        store_lanes(in_out, (even + odd) * silu(z), lanes);
    }
    for (size_t n = 0; n < states; n++) store_lanes(p->state + n * p->channels + channel, h[n], lanes);
}

static void selective_scan(const longscan_selective_scan *p) {
    for (size_t first = 0; first < p->rows; first += SCAN_TILE) {
        size_t end = first + SCAN_TILE < p->rows ? first + SCAN_TILE : p->rows;
        for (size_t channel = 0; channel < p->channels; channel += LANES) {
            size_t lanes = lanes_at(channel, p->channels);
            if (p->states == 16 && lanes == LANES) scan_channels(p, first, end, channel, LANES, 16);
            else scan_channels(p, first, end, channel, lanes, p->states);
        }
    }
}
