// SPDX-License-Identifier: Apache-2.0
// The library as a driver uses it: through the C ABI alone, loaded at run time.
#include <dlfcn.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "saguaro_rtl.h"

using saguaro::Checks;

namespace {
struct Library {
    void* handle;
    template <class F>
    F find(const char* name) {
        void* symbol = dlsym(handle, name);
        if (symbol == nullptr) {
            std::printf("FAILED: %s is not exported\n", name);
            std::exit(1);
        }
        return reinterpret_cast<F>(symbol);
    }
};
#define FIND(name) auto name = library.find<decltype(&::name)>(#name)

const uint64_t BASE = 0x70000000, SIZE = 1 << 20;
enum { ID = 0, STATUS = 0x14, IRQ_ENABLE = 0x18, IRQ_STATUS = 0x1C, WATCHDOG = 0x28, MEM_BASE = 0x30, MEM_LIMIT = 0x38, CFG = 0x40 };
}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::printf("usage: test_shim LIBRARY\n");
        return 2;
    }
    Library library{dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)};
    if (library.handle == nullptr) {
        std::printf("FAILED: %s\n", dlerror());
        return 1;
    }
    FIND(saguaro_rtl_abi);
    FIND(saguaro_rtl_create);
    FIND(saguaro_rtl_destroy);
    FIND(saguaro_rtl_load);
    FIND(saguaro_rtl_hold_host_memory);
    FIND(saguaro_rtl_release_host_memory);
    FIND(saguaro_rtl_last_error);
    FIND(saguaro_rtl_engine_count);
    FIND(saguaro_rtl_read);
    FIND(saguaro_rtl_write);
    FIND(saguaro_rtl_step);
    FIND(saguaro_rtl_wait);
    FIND(saguaro_rtl_irq);
    FIND(saguaro_rtl_cycles);
    FIND(saguaro_rtl_reset);
    FIND(saguaro_rtl_host_memory);
    FIND(saguaro_rtl_sync_for_device);
    FIND(saguaro_rtl_sync_for_cpu);
    FIND(saguaro_rtl_bus);
    FIND(saguaro_rtl_fault);

    Checks check;
    check.that(saguaro_rtl_abi() == SAGUARO_RTL_ABI, "ABI version: expected %d, got %d", SAGUARO_RTL_ABI, saguaro_rtl_abi());
    check.that(saguaro_rtl_create("conv,gpu", BASE, SIZE, 1) == nullptr &&
                   std::string(saguaro_rtl_last_error()) == "unknown engine 'gpu': expected conv, fft or zip",
               "an unknown engine must be named, got '%s'", saguaro_rtl_last_error());
    check.that(saguaro_rtl_create("zip", BASE + 1, SIZE, 1) == nullptr, "a misaligned memory must be refused");

    saguaro_rtl* device = saguaro_rtl_create("conv,fft,zip,zip", BASE, SIZE, 1);
    check.that(saguaro_rtl_engine_count(device) == 4, "expected 4 engines, got %d", saguaro_rtl_engine_count(device));
    const uint32_t ids[] = {0x53475643, 0x53475646, 0x5347565A, 0x5347565A};
    for (int e = 0; e < 4; e++)
        check.that(saguaro_rtl_read(device, e, ID) == ids[e], "id of engine %d: expected %08x, got %08x", e, ids[e],
                   saguaro_rtl_read(device, e, ID));
    check.that(saguaro_rtl_read(device, 4, ID) == 0xFFFFFFFF && saguaro_rtl_read(device, 0, 4096) == 0xFFFFFFFF &&
                   saguaro_rtl_read(device, 0, 2) == 0xFFFFFFFF,
               "a register that is not there reads all ones");
    check.that(saguaro_rtl_sync_for_cpu(device, SIZE - 10, 20) == -1, "a sync beyond the memory must fail");
    check.that(saguaro_rtl_bus(device, 0, 5, 4, 100, 100) == -1, "a wrong timing must be refused");
    check.that(saguaro_rtl_fault(device, 0, 99, 0, 0) == -1, "an unknown fault must be refused");

    auto* host = static_cast<uint8_t*>(saguaro_rtl_host_memory(device));
    auto window = [&](int e) {
        saguaro_rtl_write(device, e, MEM_BASE, BASE);
        saguaro_rtl_write(device, e, MEM_LIMIT, BASE + SIZE);
        saguaro_rtl_write(device, e, IRQ_ENABLE, 1);
    };
    const int count = 200;
    // Complex additions on ZIP engine e, in its own part of the memory; returns how many results are wrong.
    auto add = [&](int e, bool sync_in, bool sync_out, uint32_t* status) {
        uint64_t a = 0x40000 * (e - 2), b = a + 0x10000, out = a + 0x20000;
        for (int i = 0; i < 2 * count; i++) {
            float x = i + e, y = 1000 * i;
            std::memcpy(host + a + 4 * i, &x, 4);
            std::memcpy(host + b + 4 * i, &y, 4);
        }
        std::memset(host + out, 0, 8 * count);
        saguaro_rtl_sync_for_device(device, out, 8 * count);
        if (sync_in) {
            saguaro_rtl_sync_for_device(device, a, 8 * count);
            saguaro_rtl_sync_for_device(device, b, 8 * count);
        }
        window(e);
        const uint32_t config[] = {0, uint32_t(count), uint32_t(BASE + a), 0, uint32_t(BASE + b), 0, uint32_t(BASE + out), 0};
        for (int i = 0; i < 8; i++) saguaro_rtl_write(device, e, CFG + 4 * i, config[i]);
        saguaro_rtl_write(device, e, IRQ_STATUS, 1);
        saguaro_rtl_write(device, e, 0x10, 1);
        int irq = saguaro_rtl_wait(device, e, 20000);
        *status = saguaro_rtl_read(device, e, STATUS);
        if (sync_out) saguaro_rtl_sync_for_cpu(device, out, 8 * count);
        int wrong = 0;
        for (int i = 0; i < 2 * count; i++) {
            float z;
            std::memcpy(&z, host + out + 4 * i, 4);
            wrong += z != float(i + e) + float(1000 * i);
        }
        return irq ? wrong : -1 - wrong;
    };
    uint32_t status;
    int wrong = add(2, false, true, &status);
    check.that(status == 2 && wrong > 0, "without sync_for_device the result must be wrong, status %08x", status);
    wrong = add(2, true, false, &status);
    check.that(status == 2 && wrong > 0, "without sync_for_cpu the result must be stale, status %08x", status);
    wrong = add(2, true, true, &status);
    check.that(status == 2 && wrong == 0, "with both syncs: expected 0 wrong, got %d, status %08x", wrong, status);

    saguaro_rtl_fault(device, 2, SAGUARO_RTL_NO_INTERRUPT, 0, 0);
    wrong = add(2, true, true, &status);
    check.that(wrong == -1 && status == 2, "no interrupt: expected no interrupt, DONE, right results; got %d, %08x", wrong, status);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_HEALTHY, 0, 0);

    saguaro_rtl_fault(device, 2, SAGUARO_RTL_CORRUPT_STATUS, 0xDEAD0000, 0);
    wrong = add(2, true, true, &status);
    check.that(status == 0xDEAD0002, "corrupt status: expected DEAD0002, got %08x", status);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_HEALTHY, 0, 0);

    saguaro_rtl_fault(device, 2, SAGUARO_RTL_BUS_ERROR, BASE + 0x10100, BASE + 0x10101);
    wrong = add(2, true, true, &status);
    check.that(status == 0x304, "bus error: expected ERROR with code 3, got %08x", status);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_HEALTHY, 0, 0);

    saguaro_rtl_write(device, 2, WATCHDOG, 300);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_BUS_SILENT, 0, 0);
    wrong = add(2, true, true, &status);
    check.that(status == 0x50C, "silent bus: expected ERROR, HUNG with code 5, got %08x", status);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_HEALTHY, 0, 0);
    saguaro_rtl_reset(device, 2);
    check.that(saguaro_rtl_read(device, 2, STATUS) == 0, "after a reset the status must be 0");
    wrong = add(2, true, true, &status);
    check.that(status == 2 && wrong == 0, "after the reset: expected 0 wrong, got %d, status %08x", wrong, status);

    saguaro_rtl_fault(device, 2, SAGUARO_RTL_GONE, 0, 0);
    check.that(saguaro_rtl_read(device, 2, ID) == 0xFFFFFFFF && saguaro_rtl_wait(device, 2, 100) == 0 && !saguaro_rtl_irq(device, 2),
               "a device that is gone reads all ones and never interrupts");
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_HEALTHY, 0, 0);

    // Two engines from two threads.
    int wrongs[2] = {-1, -1};
    uint32_t statuses[2] = {0, 0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; t++)
        threads.emplace_back([&, t] {
            wrongs[t] = 0;
            for (int i = 0; i < 30; i++) wrongs[t] += add(2 + t, true, true, &statuses[t]) != 0 || statuses[t] != 2;
        });
    for (auto& thread : threads) thread.join();
    check.that(wrongs[0] == 0 && wrongs[1] == 0, "two threads: expected no failures, got %d and %d of 30", wrongs[0], wrongs[1]);

    // An FFT of a constant is an impulse.
    for (int i = 0; i < 16; i++) {
        const float one[2] = {1, 0};
        std::memcpy(host + 0x80000 + 8 * i, one, 8);
    }
    saguaro_rtl_sync_for_device(device, 0x80000, 128);
    window(1);
    const uint32_t fft[] = {4, 0, 1, uint32_t(BASE + 0x80000), 0, uint32_t(BASE + 0x81000), 0};
    for (int i = 0; i < 7; i++) saguaro_rtl_write(device, 1, CFG + 4 * i, fft[i]);
    saguaro_rtl_write(device, 1, 0x10, 1);
    check.that(saguaro_rtl_wait(device, 1, 5000) == 1, "the FFT must finish");
    saguaro_rtl_sync_for_cpu(device, 0x81000, 128);
    float spectrum[32];
    std::memcpy(spectrum, host + 0x81000, 128);
    int nonzero = 0;
    for (int i = 1; i < 32; i++) nonzero += spectrum[i] != 0;
    check.that(spectrum[0] == 16 && nonzero == 0, "FFT of ones: expected 16 and zeros, got %g and %d others", spectrum[0], nonzero);
    uint64_t before = saguaro_rtl_cycles(device, 0);
    saguaro_rtl_step(device, 0, 100);
    check.that(saguaro_rtl_cycles(device, 0) == before + 100, "100 steps are 100 cycles");

    // Another overlay: other engines, the same memory on both sides.
    std::memset(host + 0x90000, 0x5A, 64);
    saguaro_rtl_sync_for_device(device, 0x90000, 64);
    std::memset(host + 0x90000, 0, 64);
    saguaro_rtl_fault(device, 2, SAGUARO_RTL_GONE, 0, 0);
    check.that(saguaro_rtl_load(device, "conv,gpu") == -1 && saguaro_rtl_engine_count(device) == 4, "an unknown engine must change nothing");
    check.that(saguaro_rtl_load(device, "fft,conv,zip") == 0 && saguaro_rtl_engine_count(device) == 3, "three engines must be loaded, got %d: %s",
               saguaro_rtl_engine_count(device), saguaro_rtl_last_error());
    const uint32_t loaded[] = {ids[1], ids[0], ids[2]};
    for (int e = 0; e < 3; e++)
        check.that(saguaro_rtl_read(device, e, ID) == loaded[e], "id of engine %d after loading: expected %08x, got %08x", e, loaded[e],
                   saguaro_rtl_read(device, e, ID));
    check.that(saguaro_rtl_host_memory(device) == host && host[0x90000] == 0, "the host's memory must stay");
    saguaro_rtl_sync_for_cpu(device, 0x90000, 64);
    check.that(host[0x90000] == 0x5A && host[0x9003F] == 0x5A, "the engines' memory must stay, got %02x", host[0x90000]);
    wrong = add(2, true, true, &status);
    check.that(status == 2 && wrong == 0, "after loading: expected 0 wrong, got %d, status %08x", wrong, status);

    saguaro_rtl_hold* hold = saguaro_rtl_hold_host_memory(device);
    saguaro_rtl_destroy(device);
    check.that(host[0x90000] == 0x5A, "memory that is held must outlive the device");
    saguaro_rtl_release_host_memory(hold);
    return check.finish("shim");
}
