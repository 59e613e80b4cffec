// SPDX-License-Identifier: Apache-2.0
// FFT engine: every size, both directions, batches, random bus timing, bit-exact with the model; the model itself
// against a double-precision DFT; the error paths that are its own.
#include "Vfft_engine.h"
#include "check.h"
#include "engine.h"
#include "fft_model.h"

using namespace saguaro;

namespace {
const uint64_t BASE = 0x840000000;  // above 4 GiB, as the upper DRAM of a ZCU102 is
const size_t SIZE = 1 << 21;

struct Bench {
    DeviceMemory memory{BASE, SIZE};
    VerilatedEngine<Vfft_engine> engine;
    Checks& check;
    Random random;
    uint32_t last_cycles = 0;

    Bench(Checks& checks, uint64_t seed) : engine(memory, seed), check(checks), random(seed) {
        write64(engine, REG_MEM_BASE, BASE);
        write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    }

    void configure(int log2n, bool inverse, bool scale, int batch, uint64_t in, uint64_t out) {
        engine.write(REG_CFG, log2n);
        engine.write(REG_CFG + 4, inverse | scale << 1);
        engine.write(REG_CFG + 8, batch);
        write64(engine, REG_CFG + 12, in);
        write64(engine, REG_CFG + 20, out);
    }

    void transform(int log2n, bool inverse, bool scale, int batch, uint64_t in, uint64_t out, bool wild) {
        int n = 1 << log2n;
        std::vector<std::vector<Complex>> inputs(batch, std::vector<Complex>(n));
        for (int b = 0; b < batch; b++)
            for (int i = 0; i < n; i++) {
                float part[2];
                for (float& f : part) {
                    uint32_t word = random.next();
                    if (wild) std::memcpy(&f, &word, 4);
                    else f = (random.below(2000001) - 1000000) / 500000.0f;
                }
                inputs[b][i] = {part[0], part[1]};
                std::memcpy(memory.at(in + 8ull * (b * n + i)), part, 8);
            }
        configure(log2n, inverse, scale, batch, in, out);
        uint32_t status = run_command(engine, 5'000'000);
        last_cycles = engine.read(REG_CYCLES);
        check.that(status == DONE, "fft %d: expected DONE, got %08x", n, status);
        check.that(engine.violation.empty(), "AXI: %s", engine.violation.c_str());
        int wrong = 0;
        for (int b = 0; b < batch; b++) {
            auto expected = fft(inputs[b], log2n, inverse, scale);
            for (int i = 0; i < n; i++) {
                float got[2], want[2] = {expected[i].real(), expected[i].imag()};
                std::memcpy(got, memory.at(out + 8ull * (b * n + i)), 8);
                for (int part = 0; part < 2; part++)
                    wrong += !(std::memcmp(&got[part], &want[part], 4) == 0 ||
                               (std::isnan(got[part]) && std::isnan(want[part])));
            }
        }
        check.that(wrong == 0, "fft %d %s batch %d: %d floats differ from the model", n, inverse ? "inverse" : "forward", batch, wrong);
    }
};
}  // namespace

int main() {
    Checks check;
    for (int log2n = 4; log2n <= 10; log2n++) {  // the model against the definition
        int n = 1 << log2n;
        Random random(log2n);
        std::vector<Complex> x(n);
        for (auto& c : x) c = {random.below(1000) / 500.f - 1, random.below(1000) / 500.f - 1};
        auto y = fft(x, log2n, false, false);
        double error = 0, power = 0;
        for (int k = 0; k < n; k++) {
            std::complex<double> sum = 0;
            for (int i = 0; i < n; i++)
                sum += std::complex<double>(x[i]) * std::polar(1.0, -2 * M_PI * (int64_t(i) * k % n) / n);
            error += std::norm(sum - std::complex<double>(y[k]));
            power += std::norm(sum);
        }
        check.that(error < 1e-12 * power, "model fft %d: relative error %g, expected below 1e-6", n, std::sqrt(error / power));
    }
    {
        Bench bench(check, 1);
        for (int log2n = 4; log2n <= 12; log2n++) {
            bench.transform(log2n, false, false, 1, BASE + 0xFF0, BASE + 0x100FF0, false);
            bench.transform(log2n, true, true, 2, BASE, BASE + 0x100000, false);
            bench.transform(log2n, log2n & 1, true, 1, BASE, BASE + 0x100000, true);
        }
        bench.transform(7, false, false, 128, BASE, BASE + 0x100000, false);
        bench.transform(10, false, false, 1, BASE, BASE, false);  // in place
    }
    for (int seed = 2; seed < 30; seed++) {
        Bench bench(check, seed);
        bench.engine.bus.latency_min = bench.random.below(10);
        bench.engine.bus.latency_max = bench.engine.bus.latency_min + bench.random.below(80);
        bench.engine.bus.ready_percent = 10 + bench.random.below(91);
        bench.engine.bus.data_percent = 10 + bench.random.below(91);
        for (int i = 0; i < 3; i++)
            bench.transform(4 + bench.random.below(6), bench.random.chance(50), bench.random.chance(50), 1 + bench.random.below(4),
                            BASE + 16 * bench.random.below(4000), BASE + 0x100000 + 16 * bench.random.below(4000), false);
        for (uint32_t bad : {0u, 3u, 13u, 0x104u}) {
            bench.configure(bad, false, false, 1, BASE, BASE);
            uint32_t status = run_command(bench.engine);
            check.that(status == (ERROR | BAD_CONFIG << 8), "log2n %u: expected BAD_CONFIG, got %08x", bad, status);
        }
        bench.engine.bus.error_from = BASE + 0x400;
        bench.engine.bus.error_to = BASE + 0x401;
        bench.configure(10, false, false, 1, BASE, BASE + 0x100000);
        uint32_t status = run_command(bench.engine);
        check.that(status == (ERROR | READ_ERROR << 8), "read error: got %08x", status);
        check.that(bench.engine.read(REG_ERROR_ADDR) == 0x40000400 && bench.engine.read(REG_ERROR_ADDR + 4) == 8,
                   "read error address: got %x%08x", bench.engine.read(REG_ERROR_ADDR + 4), bench.engine.read(REG_ERROR_ADDR));
        bench.engine.bus.error_from = bench.engine.bus.error_to = 0;
        bench.transform(8, true, true, 2, BASE, BASE + 0x100000, false);
    }
    return check.finish("fft");
}
