// SPDX-License-Identifier: Apache-2.0
// The float units against the CPU's own float arithmetic: special values crossed with each other, then random bit
// patterns, random near-equal exponents (cancellation) and random values around the subnormal range.
#include <cmath>
#include <vector>

#include "Vfp_test.h"
#include "check.h"
#include "engine.h"

using namespace saguaro;

static uint32_t bits(float f) {
    uint32_t u;
    std::memcpy(&u, &f, 4);
    return std::isnan(f) ? 0x7FC00000u : u;
}
static float value(uint32_t u) {
    float f;
    std::memcpy(&f, &u, 4);
    return f;
}

int main() {
    Checks check;
    Random random(7);
    std::vector<std::pair<uint32_t, uint32_t>> inputs;
    const uint32_t special[] = {0,          0x80000000, 1,          0x80000001, 0x007FFFFF, 0x807FFFFF, 0x00800000,
                                0x00800001, 0x3F800000, 0xBF800000, 0x3F7FFFFF, 0x3F800001, 0x7F7FFFFF, 0xFF7FFFFF,
                                0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0x00400000, 0x34000000, 0x4B000000,
                                0x4B7FFFFF, 0x7FFFFFFF, 0x80000000, 0x01000001, 0xFFFFFFFF, 0x33800000, 0x33800001};
    for (uint32_t a : special)
        for (uint32_t b : special) inputs.push_back({a, b});
    for (int i = 0; i < 400000; i++) {
        uint32_t a = random.next(), b = random.next();
        switch (i % 4) {
            case 1: b = (b & 0x807FFFFF) | (((a >> 23) + random.below(60) - 30) & 0xFF) << 23; break;
            case 2: b = (a ^ 0x80000000) + random.below(9) - 4; break;
            case 3:  // products around the smallest normal
                a = (a & 0x807FFFFF) | random.below(130) << 23;
                b = (b & 0x807FFFFF) | std::max(0, std::min(254, 127 - int(a >> 23 & 255) + random.below(60) - 30)) << 23;
                break;
            default: break;
        }
        inputs.push_back({a, b});
    }
    Vfp_test unit;
    const size_t latency = 4;
    for (size_t i = 0; i < inputs.size() + latency; i++) {
        if (i >= latency) {
            auto [a, b] = inputs[i - latency];
            bool subtract = (i - latency) % 2;
            uint32_t product = bits(value(a) * value(b));
            uint32_t sum = bits(subtract ? value(a) - value(b) : value(a) + value(b));
            check.that(unit.product == product, "%08x * %08x: expected %08x, got %08x", a, b, product, unit.product);
            check.that(unit.sum == sum, "%08x %c %08x: expected %08x, got %08x", a, subtract ? '-' : '+', b, sum, unit.sum);
        }
        if (i >= 2 && i - 2 < inputs.size()) {
            uint32_t a = inputs[i - 2].first, converted = bits(static_cast<float>(static_cast<int32_t>(a)));
            check.that(unit.converted == converted, "(float) %d: expected %08x, got %08x", int32_t(a), converted, unit.converted);
        }
        // Held over one edge: the units take a new operand pair every cycle.
        size_t j = i < inputs.size() ? i : 0;
        unit.a = inputs[j].first;
        unit.b = inputs[j].second;
        // fp_add reads `subtract` in its first stage, so it belongs to the pair entering now.
        unit.subtract = j % 2;
        unit.clk = 0;
        unit.eval();
        unit.clk = 1;
        unit.eval();
    }
    return check.finish("fp");
}
