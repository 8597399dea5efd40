// Vectors of 16 floats and the functions of one argument that the kernels need.

#define LANES 16

typedef float floats __attribute__((ext_vector_type(16)));
typedef int32_t ints __attribute__((ext_vector_type(16)));
typedef float floats_anywhere __attribute__((ext_vector_type(16), aligned(4), may_alias));

LEAF floats load(const float *from) {
    return *(const floats_anywhere *)from;
}

LEAF void store(float *to, floats values) {
    *(floats_anywhere *)to = values;
}

// The first `count` of 16 elements; the other lanes are 0.
LEAF floats load_part(const float *from, size_t count) {
    floats values = 0;
    memcpy(&values, from, count * sizeof(float));
    return values;
}

LEAF void store_part(float *to, floats values, size_t count) {
    memcpy(to, &values, count * sizeof(float));
}

LEAF floats load_lanes(const float *from, size_t count) {
    return count == LANES ? load(from) : load_part(from, count);
}

LEAF void store_lanes(float *to, floats values, size_t count) {
    if (count == LANES) store(to, values); else store_part(to, values, count);
}

LEAF size_t lanes_at(size_t position, size_t width) {
    return width - position < LANES ? width - position : LANES;
}

// Lane sums in one fixed tree.
LEAF float sum_of_lanes(floats v) {
    __attribute__((ext_vector_type(8))) float a = v.lo + v.hi;
    __attribute__((ext_vector_type(4))) float b = a.lo + a.hi;
    __attribute__((ext_vector_type(2))) float c = b.lo + b.hi;
    return c.x + c.y;
}

// Not-a-number stays in `a`.
LEAF floats larger(floats a, floats b) {
    return a < b ? b : a;
}

LEAF floats smaller(floats a, floats b) {
    return a > b ? b : a;
}

// 2^f · 2^k for |f| <= 1/2 and integral k in `shifted` (whose low mantissa bits hold k). The polynomial is a minimax fit of
// degree 6 of (2^f - 1) / f: relative error below 2e-9 before rounding, and 2^0 is exactly 1, so that slow decays carry
// no bias over long documents.
LEAF floats power_of_two(floats f, ints shifted) {
    floats p = 0.00015353361959569156f;
    p = p * f + 0.0013398873852565885f;
    p = p * f + 0.00961843691766262f;
    p = p * f + 0.055503323674201965f;
    p = p * f + 0.24022647738456726f;
    p = p * f + 0.6931471824645996f;
    p = p * f + 1.0f;
    return (floats)((ints)p + (shifted << 23));
}

// Adding 1.5 · 2^23 leaves the nearest integer in the low mantissa bits.
#define ROUNDING 12582912.0f

// 2^x; results below 2^-126 become 2^-126, above 2^127.4 become that.
LEAF floats exp2_floats(floats x) {
    x = smaller(larger(x, (floats)-126.0f), (floats)127.4f);
    floats shifted = x + ROUNDING;
    floats f = x - (shifted - ROUNDING);
    return power_of_two(f, (ints)shifted);
}

// 2^x for x <= 0, as decays are.
LEAF floats exp2_of_decay(floats x) {
    x = larger(x, (floats)-126.0f);
    floats shifted = x + ROUNDING;
    floats f = x - (shifted - ROUNDING);
    return power_of_two(f, (ints)shifted);
}

LEAF floats exp_floats(floats x) {
    x = smaller(larger(x, (floats)-87.336f), (floats)88.3f);
    floats shifted = x * 1.44269504f + ROUNDING;
    floats k = shifted - ROUNDING;
    // log2(e) in two parts, so that the argument's low bits survive the product.
    floats f = (x * 1.44269502f - k) + x * 1.925963033e-8f;
    return power_of_two(f, (ints)shifted);
}

LEAF floats silu(floats x) {
    return x / (1.0f + exp_floats(-x));
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): nothing overflows. ln(1 + u) = 2 artanh(u / (2 + u)) for u in 0…1, whose series
// to the 13th power is right to 2e-8.
LEAF floats softplus(floats x) {
    floats magnitude = larger(x, -x);
    floats u = exp_floats(-magnitude);
    floats s = u / (2.0f + u);
    floats q = s * s;
    floats p = 2.0f / 13.0f;
    p = p * q + 2.0f / 11.0f;
    p = p * q + 2.0f / 9.0f;
    p = p * q + 2.0f / 7.0f;
    p = p * q + 2.0f / 5.0f;
    p = p * q + 2.0f / 3.0f;
    p = p * q + 2.0f;
    return larger(x, (floats)0.0f) + s * p;
}
