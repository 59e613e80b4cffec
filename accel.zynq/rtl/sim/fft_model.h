// SPDX-License-Identifier: Apache-2.0
// What the FFT engine computes, float by float: decimation in time over bit-reversed input, each butterfly
// t = w*b, a' = a + t, b' = a - t with separately rounded products and sums. Compile with -ffp-contract=off.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "zip_model.h"

namespace saguaro {

// exp(-2 pi i k / 4096), k < 2048. The symmetric points are exact: cos(pi/2) is 0, not 6e-17.
inline Complex twiddle(int k) {
    const double pi = 3.14159265358979323846;
    if (k == 0) return {1, 0};
    if (k == 1024) return {0, -1};
    return {static_cast<float>(std::cos(2 * pi * k / 4096)), static_cast<float>(-std::sin(2 * pi * k / 4096))};
}

inline std::vector<Complex> fft(const std::vector<Complex>& x, int log2n, bool inverse, bool scale) {
    int n = 1 << log2n;
    std::vector<Complex> v(n);
    for (int i = 0; i < n; i++) {
        int reversed = 0;
        for (int bit = 0; bit < log2n; bit++) reversed |= (i >> bit & 1) << (log2n - 1 - bit);
        v[reversed] = x[i];
    }
    for (int stage = 0; stage < log2n; stage++) {
        int half = 1 << stage;
        for (int base = 0; base < n; base += 2 * half)
            for (int k = 0; k < half; k++) {
                Complex w = twiddle(k * (2048 >> stage));
                if (inverse) w = {w.real(), -w.imag()};
                Complex a = v[base + k], b = v[base + k + half], t = zip(ZIP_MUL, b, w);
                v[base + k] = {a.real() + t.real(), a.imag() + t.imag()};
                v[base + k + half] = {a.real() - t.real(), a.imag() - t.imag()};
            }
    }
    if (scale)
        for (auto& y : v) y = {y.real() * (1.0f / n), y.imag() * (1.0f / n)};
    return v;
}

}  // namespace saguaro
