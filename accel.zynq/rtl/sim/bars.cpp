// SPDX-License-Identifier: Apache-2.0
// The cycle counts the project promises, measured by the engines' own cycle registers on the overlay's array, with a
// memory that answers after 40 cycles and then delivers one beat per cycle. Every result is checked, too.
#include <ctime>

#include "Vconv_engine.h"
#include "Vfft_engine.h"
#include "Vzip_engine.h"
#include "conv_model.h"
#include "fft_model.h"

using namespace saguaro;

namespace {
const uint64_t BASE = 0x70000000;
const size_t SIZE = 64 << 20;
const uint64_t IN = BASE, WEIGHTS = BASE + (16 << 20), OUT = BASE + (48 << 20);
bool all_pass = true;
uint64_t simulated_cycles = 0;
double simulation_seconds = 0;

void say(const char* what, uint32_t cycles, double figure, const char* unit, double bar, bool at_most, bool right) {
    bool pass = right && (at_most ? figure <= bar : figure >= bar);
    all_pass &= pass;
    std::printf("%s  %-46s %9u cycles  %8.1f %s (bar: %s %.0f)%s\n", pass ? "PASS" : "MISS", what, cycles, figure, unit,
                at_most ? "at most" : "at least", bar, right ? "" : "  WRONG RESULT");
    std::fflush(stdout);
}

Conv layer(int h, int w, int ci, int co, int k, int s, int p, Format format) {
    Conv c{};
    c.in_h = h; c.in_w = w; c.in_c = ci; c.out_c = co;
    c.kh = c.kw = k; c.sh = c.sw = s; c.ph = c.pw = p; c.dh = c.dw = c.groups = 1;
    c.format = format;
    c.clamp_lo = format == FLOAT32 ? 0xFF800000u : uint32_t(-128);
    c.clamp_hi = format == FLOAT32 ? 0x7F800000u : 127;
    return c;
}

// useful_macs: of the layer as the model has it, when it differs from what the engine is given (folded channels).
void conv_bar(const char* what, Conv c, double bar, bool by_bandwidth, double useful_macs = 0) {
    DeviceMemory memory(BASE, SIZE);
    VerilatedEngine<Vconv_engine> engine(memory, 1);
    engine.bus.latency_min = engine.bus.latency_max = 40;
    write64(engine, REG_MEM_BASE, BASE);
    write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    Array array = array_of(engine);
    Random random(3);
    c.finish();
    c.weights.resize(size_t(c.out_c) * c.in_c * c.kh * c.kw);
    for (auto& w : c.weights) w = random.next();
    c.bias.assign(c.out_c, 100);
    c.scale.assign(c.out_c, c.format == INT8 ? 24 << 16 | 30000 : 0x3C000000);
    Plan p = plan(c, array, IN, WEIGHTS, OUT);
    if (!p.refusal.empty()) {
        std::printf("MISS  %s: %s\n", what, p.refusal.c_str());
        all_pass = false;
        return;
    }
    std::vector<int8_t> input(c.in_bytes());
    for (auto& x : input) x = random.next();
    std::memcpy(memory.at(IN), input.data(), input.size());
    auto packed = pack_weights(c, p, array);
    std::memcpy(memory.at(WEIGHTS), packed.data(), packed.size());
    configure(engine, p);
    std::clock_t begin = std::clock();
    bool right = run_command(engine) == DONE && engine.violation.empty();
    simulation_seconds += double(std::clock() - begin) / CLOCKS_PER_SEC;
    simulated_cycles += engine.read(REG_CYCLES);
    auto expected = reference(c, input);
    right &= std::memcmp(expected.data(), memory.at(OUT), expected.size()) == 0;
    uint32_t cycles = engine.read(REG_CYCLES);
    double macs = useful_macs > 0 ? useful_macs : c.macs();
    if (by_bandwidth) say(what, cycles, 100.0 * packed.size() / 16 / cycles, "% of one beat/cycle", bar, false, right);
    else say(what, cycles, 100.0 * macs / (16.0 * array.lanes * cycles), "% of the MACs", bar, false, right);
}

void fft_bar(int log2n, double bar) {
    DeviceMemory memory(BASE, SIZE);
    VerilatedEngine<Vfft_engine> engine(memory, 1);
    engine.bus.latency_min = engine.bus.latency_max = 40;
    write64(engine, REG_MEM_BASE, BASE);
    write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    int n = 1 << log2n;
    Random random(3);
    std::vector<Complex> x(n);
    for (auto& c : x) c = {random.below(1000) / 500.f - 1, random.below(1000) / 500.f - 1};
    std::memcpy(memory.at(IN), x.data(), 8 * n);
    engine.write(REG_CFG, log2n);
    engine.write(REG_CFG + 4, 0);
    engine.write(REG_CFG + 8, 1);
    write64(engine, REG_CFG + 12, IN);
    write64(engine, REG_CFG + 20, OUT);
    bool right = run_command(engine) == DONE;
    auto y = fft(x, log2n, false, false);
    right &= std::memcmp(y.data(), memory.at(OUT), 8 * n) == 0;
    uint32_t cycles = engine.read(REG_CYCLES);
    char name[40];
    std::snprintf(name, sizeof name, "FFT-%d", n);
    say(name, cycles, cycles, "cycles", bar, true, right);
}

void zip_bar() {
    DeviceMemory memory(BASE, SIZE);
    VerilatedEngine<Vzip_engine> engine(memory, 1);
    engine.bus.latency_min = engine.bus.latency_max = 40;
    write64(engine, REG_MEM_BASE, BASE);
    write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    const uint32_t count = 4096;
    engine.write(REG_CFG, ZIP_MUL_CONJ);
    engine.write(REG_CFG + 4, count);
    write64(engine, REG_CFG + 8, IN);
    write64(engine, REG_CFG + 16, WEIGHTS);
    write64(engine, REG_CFG + 24, OUT);
    bool right = run_command(engine) == DONE;
    uint32_t cycles = engine.read(REG_CYCLES);
    say("ZIP, 4096 complex products", cycles, 100.0 * count / cycles, "% of one element/cycle", 90, false, right);
}
}  // namespace

int main() {
    std::printf("memory: 40 cycles latency, one 128-bit beat per cycle each way\n");
    conv_bar("conv 56x56x64->64 k3, INT8", layer(56, 56, 64, 64, 3, 1, 1, INT8), 95, false);
    conv_bar("conv 56x56x64->64 k3, float32", layer(56, 56, 64, 64, 3, 1, 1, FLOAT32), 95, false);
    conv_bar("GEMM 512x512x512, INT8", layer(512, 1, 512, 512, 1, 1, 0, INT8), 95, false);
    conv_bar("GEMM 512x512x512, float32", layer(512, 1, 512, 512, 1, 1, 0, FLOAT32), 95, false);
    conv_bar("conv 7x7x512->512 k3, INT8", layer(7, 7, 512, 512, 3, 1, 1, INT8), 60, false);
    // Three input channels: the driver folds the kernel's columns into channels while it quantises, 7 x 3 = 21 -> 32
    // and 3 x 3 x 3 = 27 -> 32; the engine then sees a 7x1, or a 1x1, kernel.
    Conv resnet = layer(224, 112, 21, 64, 7, 1, 0, INT8);
    resnet.kw = 1; resnet.sh = 2; resnet.ph = 3; resnet.out_h = 112;
    conv_bar("first layer 224x224x3->64 k7 s2 (ResNet)", resnet, 40, false, 112.0 * 112 * 64 * 147);
    Conv vgg = layer(224, 224, 27, 64, 1, 1, 0, INT8);
    conv_bar("first layer 224x224x3->64 k3 (VGG)", vgg, 40, false, 224.0 * 224 * 64 * 27);
    conv_bar("linear 4096->1024, batch 1", layer(1, 1, 4096, 1024, 1, 1, 0, FLOAT32), 80, true);
    conv_bar("linear 9216->256, batch 1", layer(1, 1, 9216, 256, 1, 1, 0, FLOAT32), 80, true);
    fft_bar(10, 7000);
    zip_bar();
    std::printf("conv_engine simulated %.2f million cycles per second of CPU time\n", simulated_cycles / simulation_seconds / 1e6);
    std::printf("%s\n", all_pass ? "all bars PASS" : "a bar is MISSed");
    return all_pass ? 0 : 1;
}
