// SPDX-License-Identifier: Apache-2.0
// Convolution engine: named shapes, then random shapes under random bus timing, every output byte against the model,
// and the errors that are its own.
#include "Vconv_engine.h"
#include "check.h"
#include "conv_model.h"

using namespace saguaro;

namespace {
const uint64_t BASE = 0x70000000;
const size_t SIZE = 16 << 20;
const uint64_t IN = BASE + 0x100, WEIGHTS = BASE + (4 << 20) + 0x70, OUT = BASE + (10 << 20) + 0xF0;

uint32_t to_bits(float f) {
    uint32_t u;
    std::memcpy(&u, &f, 4);
    return u;
}

void randomise(Conv& c, Random& random, bool extreme) {
    c.finish();
    if (!c.max_pool) c.weights.resize(size_t(c.out_c) * (c.in_c / c.groups) * c.kh * c.kw);
    for (auto& w : c.weights) w = extreme ? (random.chance(50) ? -128 : 127) : random.next();
    c.bias.resize(c.out_c);
    c.scale.resize(c.out_c);
    double typical = 74.0 * 74.0 * std::sqrt(double(c.in_c / c.groups) * c.kh * c.kw);
    for (int i = 0; i < c.out_c; i++) {
        c.bias[i] = extreme ? int32_t(random.next()) : random.below(20001) - 10000;
        if (c.format == INT8) {
            int shift = extreme ? random.below(48) : 15 + std::max(0, int(std::log2(typical / 40)));
            c.scale[i] = shift << 16 | (extreme ? random.below(65536) : 20000 + random.below(40000));
        } else {
            c.scale[i] = to_bits(float((0.5 + random.below(1000) / 1000.0) / typical));
        }
    }
}

struct Bench {
    DeviceMemory memory{BASE, SIZE};
    VerilatedEngine<Vconv_engine> engine;
    Checks& check;
    Random random;
    Array array;

    Bench(Checks& checks, uint64_t seed) : engine(memory, seed), check(checks), random(seed) {
        array = array_of(engine);
        write64(engine, REG_MEM_BASE, BASE);
        write64(engine, REG_MEM_LIMIT, BASE + SIZE);
    }

    void run(const char* name, Conv& c, bool extreme = false) {
        randomise(c, random, extreme);
        Plan p = plan(c, array, IN, WEIGHTS, OUT);
        // Some of the shapes are too large for the small array of test_conv_narrow, none for the overlay's.
        if (!p.refusal.empty() && array.lanes < 64) return;
        if (!check.that(p.refusal.empty(), "%s: plan refused: %s", name, p.refusal.c_str())) return;
        std::vector<int8_t> input(c.in_bytes());
        for (auto& x : input) x = extreme ? (random.chance(50) ? -128 : 127) : random.next();
        std::memcpy(memory.at(IN), input.data(), input.size());
        auto packed = pack_weights(c, p, array);
        std::memcpy(memory.at(WEIGHTS), packed.data(), packed.size());
        std::memset(memory.at(OUT) - 16, 0xA5, c.out_bytes() + 32);
        configure(engine, p);
        uint32_t status = run_command(engine, 3'000'000);
        char shape[240];
        std::snprintf(shape, sizeof shape,
                      "%s: %dx%dx%d -> %dx%dx%d k%dx%d s%d,%d p%d,%d d%d,%d g%d%s format %d band %d passes %d%s%s", name, c.in_h, c.in_w,
                      c.in_c, c.out_h, c.out_w, c.out_c, c.kh, c.kw, c.sh, c.sw, c.ph, c.pw, c.dh, c.dw, c.groups, c.max_pool ? " max" : "", c.format, p.band_rows,
                      p.passes, p.resident ? " resident" : "", p.stream_once ? " once" : "");
        check.that(status == DONE, "%s: expected DONE, got %08x, address %08x", shape, status, engine.read(REG_ERROR_ADDR));
        if (status != DONE) {
            engine.reset();
            write64(engine, REG_MEM_BASE, BASE);
            write64(engine, REG_MEM_LIMIT, BASE + SIZE);
            return;
        }
        auto expected = reference(c, input);
        size_t wrong = 0, first = 0;
        for (size_t i = 0; i < expected.size(); i++)
            if (memory.at(OUT)[i] != expected[i] && wrong++ == 0) first = i;
        check.that(wrong == 0, "%s: %zu of %zu bytes differ, first at %zu: expected %02x, got %02x", shape, wrong, expected.size(), first,
                   expected[first], memory.at(OUT)[first]);
        bool clean = true;
        for (int i = 0; i < 16; i++) clean &= memory.at(OUT)[-16 + i] == 0xA5 && memory.at(OUT)[expected.size() + i] == 0xA5;
        check.that(clean, "%s: bytes around the result were written", shape);
        check.that(engine.violation.empty(), "%s: AXI: %s", shape, engine.violation.c_str());
    }
};

Conv shape(int h, int w, int ci, int co, int k, int s, int p) {
    Conv c{};
    c.in_h = h; c.in_w = w; c.in_c = ci; c.out_c = co;
    c.kh = c.kw = k; c.sh = c.sw = s; c.ph = c.pw = p;
    c.dh = c.dw = c.groups = 1;
    c.clamp_lo = uint32_t(-128); c.clamp_hi = 127;
    return c;
}

Conv with(Conv c, Format format) {
    c.format = format;
    if (format == FLOAT32) {
        c.clamp_lo = to_bits(-INFINITY);
        c.clamp_hi = to_bits(INFINITY);
    }
    return c;
}
}  // namespace

int main(int argc, char** argv) {
    Checks check;
    {
        Bench bench(check, 1);
        check.that(bench.engine.read(REG_ID) == 0x53475643, "id");
        std::vector<std::pair<const char*, Conv>> named = {
            {"1x1 one pixel", shape(1, 1, 16, 16, 1, 1, 0)},
            {"1x1", shape(5, 7, 16, 64, 1, 1, 0)},
            {"k3", shape(8, 8, 32, 64, 3, 1, 1)},
            {"k3 two tiles", shape(6, 6, 16, 100, 3, 1, 1)},
            {"k7 stride 2, three channels", shape(20, 20, 3, 64, 7, 2, 3)},
            {"many tiles, streamed weights", shape(4, 4, 256, 320, 3, 1, 1)},
            {"few output channels", shape(9, 5, 24, 10, 3, 1, 1)},
            {"one output channel", shape(4, 4, 3, 1, 1, 1, 0)},
            {"linear", shape(1, 1, 500, 200, 1, 1, 0)},
            {"linear, more rows than the weight memory", shape(1, 1, 9000, 70, 1, 1, 0)},
            {"matmul", shape(37, 1, 96, 80, 1, 1, 0)},
            {"matmul, deep", shape(3, 1, 8400, 64, 1, 1, 0)},
            {"ring of rows", shape(40, 40, 256, 64, 3, 1, 1)},
        };
        for (auto& [name, c] : named)
            for (Format format : {INT8, FLOAT32, INT32}) {
                Conv copy = with(c, format);
                bench.run(name, copy);
                Conv hard = with(c, format);
                bench.run(name, hard, true);
            }
        Conv depthwise = shape(9, 9, 144, 144, 3, 1, 1);
        depthwise.groups = 144;
        bench.run("depthwise", depthwise);
        Conv small_depthwise = shape(9, 9, 24, 24, 5, 2, 2);
        small_depthwise.groups = 24;
        bench.run("depthwise, one tile", small_depthwise);
        Conv grouped = shape(6, 6, 64, 256, 3, 1, 1);
        grouped.groups = 4;
        bench.run("four groups", grouped);
        Conv conv1d = shape(1, 50, 40, 64, 1, 1, 0);
        conv1d.kw = 5; conv1d.pw = 2; conv1d.sw = 2;
        bench.run("conv1d", conv1d);
        Conv dilated = shape(15, 15, 16, 32, 3, 1, 4);
        dilated.dh = dilated.dw = 4;
        bench.run("dilated", dilated);
        Conv quantised = shape(8, 8, 20, 64, 3, 1, 1);
        quantised.pad_value = -7;
        quantised.zero_point = -30;
        quantised.clamp_lo = uint32_t(-30);
        quantised.clamp_hi = 90;
        bench.run("zero points and relu6", quantised);
        Conv relu6 = with(shape(8, 8, 20, 64, 3, 1, 1), FLOAT32);
        relu6.clamp_lo = to_bits(0.0f);
        relu6.clamp_hi = to_bits(0.7f);
        bench.run("float relu6", relu6);
        for (Format format : {INT8, FLOAT32, INT32}) {
            Conv pool = with(shape(13, 11, 72, 72, 3, 2, 1), format);
            pool.max_pool = true;
            pool.pad_value = -128;
            bench.run("max pooling", pool);
        }
        // Average pooling is a depthwise convolution with weights of one.
    }
    int runs = 150;
    for (int seed = 2; seed < 2 + runs; seed++) {
        Bench bench(check, seed);
        Random& random = bench.random;
        if (seed % 3 != 0) {
            bench.engine.bus.latency_min = random.below(10);
            bench.engine.bus.latency_max = bench.engine.bus.latency_min + random.below(80);
            bench.engine.bus.ready_percent = 10 + random.below(91);
            bench.engine.bus.data_percent = 10 + random.below(91);
        }
        Conv c = shape(1 + random.below(14), 1 + random.below(14), 1 + random.below(70), 1 + random.below(150), 1, 1, 0);
        c.kh = 1 + random.below(4); c.kw = 1 + random.below(4);
        c.sh = 1 + random.below(3); c.sw = 1 + random.below(3);
        c.dh = 1 + random.below(3); c.dw = 1 + random.below(3);
        c.ph = random.below(4); c.pw = random.below(4);
        if (random.chance(15)) {
            c.max_pool = true;
            c.out_c = c.in_c;
        } else if (random.chance(15)) { c.groups = c.out_c = c.in_c = 64 + 16 * random.below(4); }
        c.pad_value = c.max_pool ? -128 : random.chance(50) ? 0 : random.below(256) - 128;
        c = with(c, Format(random.below(3)));
        if (c.format == INT8) c.zero_point = random.below(256) - 128;
        int reach_h = c.dh * (c.kh - 1) + 1, reach_w = c.dw * (c.kw - 1) + 1;
        if (c.in_h + 2 * c.ph < reach_h) c.in_h = reach_h;
        if (c.in_w + 2 * c.pw < reach_w) c.in_w = reach_w;
        Conv probe = c;
        probe.finish();
        c.band_rows = random.chance(60) ? 1 + random.below(probe.out_h) : 0;
        bench.run("random", c, random.chance(20));
        if (seed % 5 == 0) {
            Conv bad = shape(8, 8, 32, 64, 3, 1, 1);
            randomise(bad, random, false);
            Plan p = plan(bad, bench.array, IN, WEIGHTS, OUT);
            struct { const char* what; uint64_t from; uint32_t code; } faults[] = {
                {"input bus error", IN + 0x100, READ_ERROR}, {"weight bus error", WEIGHTS + 0x900, READ_ERROR}, {"output bus error", OUT + 0x210, WRITE_ERROR}};
            for (auto& fault : faults) {
                bench.engine.bus.error_from = fault.from;
                bench.engine.bus.error_to = fault.from + 1;
                configure(bench.engine, p);
                uint32_t status = run_command(bench.engine);
                check.that(status == (ERROR | fault.code << 8), "%s: expected code %u, got %08x", fault.what, fault.code, status);
                bench.engine.bus.error_from = bench.engine.bus.error_to = 0;
            }
            Plan outside = plan(bad, bench.array, IN, WEIGHTS, BASE + SIZE - 64);
            configure(bench.engine, outside);
            check.that(run_command(bench.engine) == (ERROR | BAD_ADDRESS << 8), "output outside the window must be BAD_ADDRESS");
            for (int i : {6, 10, 15, 23, 26, 28}) {
                Plan zero = p;
                zero.registers[i] = 0;
                configure(bench.engine, zero);
                check.that(run_command(bench.engine) == (ERROR | BAD_CONFIG << 8), "register %d = 0 must be BAD_CONFIG", i);
            }
            // A band that needs more rows than the ring has waits for ever: the watchdog ends it.
            Plan starved = p;
            starved.registers[15] = 1;
            bench.engine.write(REG_WATCHDOG, 3000);
            configure(bench.engine, starved);
            check.that(run_command(bench.engine) == (ERROR | WATCHDOG << 8), "a starved band must end by the watchdog");
            Conv after = shape(8, 8, 32, 64, 3, 1, 1);
            bench.run("after errors", after);
        }
    }
    return check.finish(argc > 1 ? argv[1] : "conv");
}
