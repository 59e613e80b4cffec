// SPDX-License-Identifier: Apache-2.0
// What the ZIP engine computes, float by float. Compile with -ffp-contract=off: a fused multiply-add rounds once.
#pragma once

#include <complex>
#include <vector>

namespace saguaro {

enum ZipOp { ZIP_ADD = 0, ZIP_SUB = 1, ZIP_MUL = 2, ZIP_MUL_CONJ = 3 };

using Complex = std::complex<float>;

inline Complex zip(ZipOp op, Complex a, Complex b) {
    float rr = a.real() * b.real(), ii = a.imag() * b.imag(), ri = a.real() * b.imag(), ir = a.imag() * b.real();
    switch (op) {
        case ZIP_ADD: return {a.real() + b.real(), a.imag() + b.imag()};
        case ZIP_SUB: return {a.real() - b.real(), a.imag() - b.imag()};
        case ZIP_MUL: return {rr - ii, ir + ri};
        default: return {rr + ii, ir - ri};
    }
}

}  // namespace saguaro
