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

// 2^f for |f| <= 1/2: a minimax fit of degree 6 of (2^f - 1) / f, relative error below 2e-9 before rounding.
LEAF floats power_of_fraction(floats f) {
    floats p = 0.00015353361959569156f;
    p = p * f + 0.0013398873852565885f;
    p = p * f + 0.00961843691766262f;
    p = p * f + 0.055503323674201965f;
    p = p * f + 0.24022647738456726f;
    p = p * f + 0.6931471824645996f;
    return p * f + 1.0f;
}

// The same of degree 5, below 1e-7, for decays. 2^0 is exactly 1 and what is close to it closer still, so that slow
// decays carry no bias over long documents.
LEAF floats power_of_fraction_of_decay(floats f) {
    floats p = 0.001326472731307149f;
    p = p * f + 0.009671512991189957f;
    p = p * f + 0.05550733581185341f;
    p = p * f + 0.24022242426872253f;
    p = p * f + 0.6931470036506653f;
    return p * f + 1.0f;
}

// Adding 1.5 · 2^23 rounds to an integer and leaves it in the low mantissa bits.
#define ROUNDING 12582912.0f

// p · 2^k, with k in the low bits of `shifted`.
LEAF floats times_power(floats p, floats shifted) {
    return (floats)((ints)p + ((ints)shifted << 23));
}

// 2^x for x <= 0, as decays are; below 2^-126 it stays 2^-126, because subnormal numbers are slow.
LEAF floats exp2_of_decay(floats x) {
    x = larger(x, (floats)-126.0f);
#ifdef LONGSCAN_SCALES
    floats k = (floats)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return (floats)_mm512_scalef_ps((__m512)power_of_fraction_of_decay(x - k), (__m512)k);
#else
    floats shifted = x + ROUNDING;
    return times_power(power_of_fraction_of_decay(x - (shifted - ROUNDING)), shifted);
#endif
}

// e^x between 2^-126 and 2^127.
LEAF floats exp_floats(floats x) {
    x = smaller(larger(x, (floats)-87.336f), (floats)88.02f);
    floats shifted = x * 1.44269504f + ROUNDING;
    floats k = shifted - ROUNDING;
    // log2(e) in two parts, so that the argument's low bits survive the product.
    floats f = (x * 1.44269502f - k) + x * 1.925963033e-8f;
    return times_power(power_of_fraction(f), shifted);
}

LEAF floats silu(floats x) {
    return x / (1.0f + exp_floats(-x));
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): nothing overflows. ln(1 + u) = 2 artanh(u / (2 + u)) for u in 0…1, whose
// series to the 13th power is right to 2e-8.
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
