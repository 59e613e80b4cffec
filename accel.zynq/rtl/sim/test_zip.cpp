// SPDX-License-Identifier: Apache-2.0
// ZIP engine: bit-exactness under random bus timing, odd lengths, page boundaries, and every error path of the shared
// control block and data movers (they are the same in the other engines).
#include "Vzip_engine.h"
#include "check.h"
#include "engine.h"
#include "zip_model.h"

using namespace saguaro;

namespace {
const uint64_t BASE = 0x70000000;
const size_t SIZE = 1 << 20;

struct Bench {
    DeviceMemory memory{BASE, SIZE};
    VerilatedEngine<Vzip_engine> engine;
    Checks& check;
    Random random;

    Bench(Checks& checks, uint64_t seed) : engine(memory, seed), check(checks), random(seed) {
        write64(engine, REG_MEM_BASE, BASE);
        write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    }

    void configure(int op, uint32_t count, uint64_t a, uint64_t b, uint64_t out) {
        engine.write(REG_CFG, op);
        engine.write(REG_CFG + 4, count);
        write64(engine, REG_CFG + 8, a);
        write64(engine, REG_CFG + 16, b);
        write64(engine, REG_CFG + 24, out);
    }

    void fill(uint64_t address, uint32_t count) {
        for (uint32_t i = 0; i < 2 * count; i++) {
            uint32_t word = random.chance(90) ? (random.next() & 0x807FFFFF) | (100 + random.below(60)) << 23 : random.next();
            std::memcpy(memory.at(address + 4 * i), &word, 4);
        }
    }

    // Runs one vector operation and compares every bit, and the 64 bytes behind the result.
    void vector(int op, uint32_t count, uint64_t a, uint64_t b, uint64_t out) {
        fill(a, count + 2);
        fill(b, count + 2);
        std::memset(memory.at(out), 0xA5, count * 8 + 64);
        configure(op, count, a, b, out);
        uint32_t status = run_command(engine, 5'000'000);
        check.that(status == DONE, "op %d count %u: expected status DONE (2), got %08x, error address %08x", op, count, status,
                   engine.read(REG_ERROR_ADDR));
        int wrong = 0;
        for (uint32_t i = 0; i < count; i++) {
            Complex x, y, z;
            std::memcpy(&x, memory.at(a + 8 * i), 8);
            std::memcpy(&y, memory.at(b + 8 * i), 8);
            std::memcpy(&z, memory.at(out + 8 * i), 8);
            Complex expected = zip(ZipOp(op), x, y);
            for (int part = 0; part < 2; part++) {
                float e = part ? expected.imag() : expected.real(), g = part ? z.imag() : z.real();
                wrong += !(std::memcmp(&e, &g, 4) == 0 || (e != e && g != g));
            }
        }
        check.that(wrong == 0, "op %d count %u: %d of %u floats differ from the model", op, count, wrong, 2 * count);
        int touched = 0;
        for (int i = 0; i < 64; i++) touched += memory.at(out + 8 * count)[i] != 0xA5;
        check.that(touched == 0, "op %d count %u: %d bytes behind the result were written", op, count, touched);
        check.that(engine.violation.empty(), "AXI: %s", engine.violation.c_str());
    }
};

void expect_error(Bench& bench, const char* what, uint32_t code, uint64_t address, uint32_t status) {
    bench.check.that((status & (ERROR | BUSY | DONE)) == ERROR && (status >> 8 & 15) == code,
                     "%s: expected error code %u, got status %08x", what, code, status);
    if (address != 0)
        bench.check.that(read64(bench.engine, REG_ERROR_ADDR) == address, "%s: expected error address %llx, got %llx", what,
                         (unsigned long long)address, (unsigned long long)read64(bench.engine, REG_ERROR_ADDR));
    bench.check.that(bench.engine.violation.empty(), "%s: AXI: %s", what, bench.engine.violation.c_str());
}
}  // namespace

int main() {
    Checks check;
    {
        Bench bench(check, 1);
        check.that(bench.engine.read(REG_ID) == 0x5347565A, "id: expected 5347565A, got %08x", bench.engine.read(REG_ID));
        check.that(bench.engine.read(0xFFC) == 0, "an unmapped register reads 0, got %08x", bench.engine.read(0xFFC));
        bench.engine.write(REG_ID, 7);
        check.that(bench.engine.read(REG_ID) == 0x5347565A, "a read-only register must not change");
        for (int op = 0; op < 4; op++)
            for (uint32_t count : {1u, 2u, 3u, 31u, 32u, 33u, 500u, 1025u})
                bench.vector(op, count, BASE + 0x0FF0, BASE + 0x20010, BASE + 0x40FE0);
    }
    for (int seed = 2; seed < 60; seed++) {
        Bench bench(check, seed);
        bench.engine.bus.latency_min = bench.random.below(10);
        bench.engine.bus.latency_max = bench.engine.bus.latency_min + bench.random.below(80);
        bench.engine.bus.ready_percent = 10 + bench.random.below(91);
        bench.engine.bus.data_percent = 10 + bench.random.below(91);
        for (int i = 0; i < 4; i++)
            bench.vector(bench.random.below(4), 1 + bench.random.below(700), BASE + 16 * bench.random.below(4000),
                         BASE + 0x20000 + 16 * bench.random.below(4000), BASE + 0x40000 + 16 * bench.random.below(4000));
    }

    // Errors: each must end the command with its code and address, leave the bus legal and the engine usable.
    for (int seed = 100; seed < 110; seed++) {
        Bench bench(check, seed);
        Engine& engine = bench.engine;
        engine.bus.latency_max = 60;
        engine.bus.ready_percent = engine.bus.data_percent = 50 + 5 * (seed % 10);
        const uint64_t A = BASE, B = BASE + 0x20000, OUT = BASE + 0x40000;
        bench.configure(0, 0, A, B, OUT);
        expect_error(bench, "count 0", BAD_CONFIG, 0, run_command(engine));
        bench.configure(0, 100, BASE - 0x1000, B, OUT);
        expect_error(bench, "below the window", BAD_ADDRESS, BASE - 0x1000, run_command(engine));
        bench.configure(0, 100, A, BASE + SIZE - 0x100, OUT);
        expect_error(bench, "beyond the window", BAD_ADDRESS, BASE + SIZE, run_command(engine));
        bench.configure(0, 100, A, B, BASE + SIZE);
        expect_error(bench, "output beyond the window", BAD_ADDRESS, BASE + SIZE, run_command(engine));
        bench.configure(0, 100, A + 4, B, OUT);
        expect_error(bench, "misaligned", BAD_ADDRESS, A + 4, run_command(engine));
        write64(engine, REG_MEM_LIMIT, 0xFFFFFFFFFF);
        bench.configure(0, 100, 0xFFFFFFFF00, B, OUT);
        expect_error(bench, "end of the address space", BAD_ADDRESS, 0xFFFFFFFF00, run_command(engine));
        write64(engine, REG_MEM_LIMIT, BASE + SIZE);
        engine.bus.error_from = B + 0x300;
        engine.bus.error_to = B + 0x310;
        bench.configure(0, 400, A, B, OUT);
        expect_error(bench, "read error", READ_ERROR, B + 0x300, run_command(engine));
        engine.bus.error_from = OUT + 0x520;
        engine.bus.error_to = OUT + 0x530;
        bench.configure(0, 400, A, B, OUT);
        expect_error(bench, "write error", WRITE_ERROR, OUT + 0x500, run_command(engine));
        engine.bus.error_from = engine.bus.error_to = 0;
        write64(engine, REG_MEM_LIMIT, BASE + SIZE + 0x1000);
        bench.configure(0, 100, BASE + SIZE, B, OUT);
        expect_error(bench, "no memory there", READ_ERROR, BASE + SIZE, run_command(engine));
        write64(engine, REG_MEM_LIMIT, BASE + SIZE);

        bench.configure(2, 3000, A, B, OUT);
        engine.write(REG_IRQ_STATUS, 1);
        engine.write(REG_CTRL, 1);
        engine.step(200 + bench.random.below(900));
        check.that(engine.read(REG_STATUS) == BUSY, "expected BUSY, got %08x", engine.read(REG_STATUS));
        engine.write(REG_CFG + 4, 77);
        check.that(engine.read(REG_CFG + 4) == 3000, "the configuration must not change while busy");
        engine.write(REG_CTRL, 2);
        for (int i = 0; i < 5000 && !engine.irq(); i++) engine.step(1);
        expect_error(bench, "abort", ABORTED, 0, engine.read(REG_STATUS));
        bench.vector(2, 333, A, B, OUT);

        // The bus stops answering: watchdog, then HUNG; late answers make the engine usable again.
        engine.write(REG_WATCHDOG, 500);
        bench.configure(2, 3000, A, B, OUT);
        engine.write(REG_IRQ_STATUS, 1);
        engine.write(REG_CTRL, 1);
        engine.step(300);
        engine.bus.mute = true;
        for (int i = 0; i < 20000 && !engine.irq(); i++) engine.step(1);
        check.that(engine.read(REG_STATUS) == (ERROR | BUS_HUNG | WATCHDOG << 8), "mute bus: expected ERROR, HUNG, code 5, got %08x",
                   engine.read(REG_STATUS));
        engine.write(REG_IRQ_STATUS, 1);
        check.that(!engine.irq(), "the interrupt must clear");
        engine.write(REG_CTRL, 1);
        check.that((engine.read(REG_STATUS) >> 8 & 15) == HUNG && engine.irq(), "a start while HUNG must be refused with code 7");
        engine.bus.mute = false;
        engine.step(5000);
        check.that((engine.read(REG_STATUS) & BUS_HUNG) == 0, "after the late answers HUNG must go, got %08x", engine.read(REG_STATUS));
        bench.vector(3, 222, A, B, OUT);
        engine.reset();
        check.that(engine.read(REG_STATUS) == 0 && engine.read(REG_MEM_LIMIT) == 0, "reset must clear status and window");
    }
    return check.finish("zip");
}
