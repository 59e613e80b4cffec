// SPDX-License-Identifier: Apache-2.0
#include "saguaro_rtl.h"

#include <mutex>
#include <new>
#include <sstream>

#include "Vconv_engine.h"
#include "Vfft_engine.h"
#include "Vzip_engine.h"
#include "engine.h"

using namespace saguaro;

namespace {
thread_local std::string last_error;

int32_t refuse(const std::string& why) {
    last_error = why;
    return -1;
}

struct Slot {
    std::unique_ptr<Engine> engine;
    std::mutex lock;
    bool no_interrupt = false;
    bool gone = false;
    uint32_t status_mask = 0;

    bool irq() const { return !no_interrupt && !gone && engine->irq(); }
};

constexpr uint64_t LINE = 64;
constexpr uint64_t PAGE = 4096;
}  // namespace

struct saguaro_rtl {
    DeviceMemory memory;
    std::shared_ptr<Pages> host;
    std::vector<std::unique_ptr<Slot>> slots;
    uint64_t seed;

    saguaro_rtl(uint64_t base, uint64_t size, uint64_t first_seed)
        : memory(base, size), host(std::make_shared<Pages>(size)), seed(first_seed) {}

    // Nothing changes if a name is unknown.
    bool load(const char* engines) {
        if (engines == nullptr || *engines == 0) {
            refuse("no engine named: expected conv, fft, zip separated by commas");
            return false;
        }
        std::vector<std::unique_ptr<Slot>> loaded;
        std::istringstream names(engines);
        for (std::string name; std::getline(names, name, ',');) {
            auto slot = std::make_unique<Slot>();
            uint64_t own_seed = seed + 977 * loaded.size();
            if (name == "conv") slot->engine = std::make_unique<VerilatedEngine<Vconv_engine>>(memory, own_seed);
            else if (name == "fft") slot->engine = std::make_unique<VerilatedEngine<Vfft_engine>>(memory, own_seed);
            else if (name == "zip") slot->engine = std::make_unique<VerilatedEngine<Vzip_engine>>(memory, own_seed);
            else {
                refuse("unknown engine '" + name + "': expected conv, fft or zip");
                return false;
            }
            loaded.push_back(std::move(slot));
        }
        slots = std::move(loaded);
        return true;
    }

    Slot* slot(int32_t index) { return index >= 0 && index < int32_t(slots.size()) ? slots[index].get() : nullptr; }

    // Whole cache lines, as the CPU's cache maintenance works: what shares a line with the range moves, too.
    bool lines(uint64_t offset, uint64_t bytes, uint64_t& from, uint64_t& count) {
        uint64_t size = memory.bytes.size();
        if (offset > size || bytes > size - offset) {
            refuse("range " + std::to_string(offset) + "+" + std::to_string(bytes) + " is not in the memory of " +
                   std::to_string(size) + " bytes");
            return false;
        }
        from = offset / LINE * LINE;
        count = bytes == 0 ? 0 : (offset + bytes + LINE - 1) / LINE * LINE - from;
        return true;
    }
};

struct saguaro_rtl_hold {
    std::shared_ptr<Pages> pages;
};

extern "C" {

int32_t saguaro_rtl_abi(void) { return SAGUARO_RTL_ABI; }

saguaro_rtl* saguaro_rtl_create(const char* engines, uint64_t memory_base, uint64_t memory_bytes, uint64_t seed) {
    if (memory_base % PAGE != 0 || memory_bytes % PAGE != 0 || memory_bytes == 0 || memory_base >= 1ull << 40 ||
        memory_bytes > (1ull << 40) - memory_base)
        return refuse("memory must be whole 4096-byte pages below 2^40"), nullptr;
    try {
        auto device = std::make_unique<saguaro_rtl>(memory_base, memory_bytes, seed);
        if (!device->load(engines)) return nullptr;
        return device.release();
    } catch (const std::bad_alloc&) {
        return refuse("not enough memory for a device of " + std::to_string(memory_bytes) + " bytes"), nullptr;
    }
}

void saguaro_rtl_destroy(saguaro_rtl* device) { delete device; }

int32_t saguaro_rtl_load(saguaro_rtl* device, const char* engines) {
    try {
        return device->load(engines) ? 0 : -1;
    } catch (const std::bad_alloc&) {
        return refuse("not enough memory for the engines");
    }
}

const char* saguaro_rtl_last_error(void) { return last_error.c_str(); }

int32_t saguaro_rtl_engine_count(const saguaro_rtl* device) { return int32_t(device->slots.size()); }

uint32_t saguaro_rtl_read(saguaro_rtl* device, int32_t engine, uint32_t offset) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr || offset >= PAGE || offset % 4 != 0) return 0xFFFFFFFF;
    std::lock_guard<std::mutex> held(slot->lock);
    if (slot->gone) return 0xFFFFFFFF;
    uint32_t value = slot->engine->read(offset);
    return offset == REG_STATUS ? value ^ slot->status_mask : value;
}

void saguaro_rtl_write(saguaro_rtl* device, int32_t engine, uint32_t offset, uint32_t value) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr || offset >= PAGE || offset % 4 != 0) return;
    std::lock_guard<std::mutex> held(slot->lock);
    if (!slot->gone) slot->engine->write(offset, value);
}

int32_t saguaro_rtl_step(saguaro_rtl* device, int32_t engine, uint64_t cycles) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return 0;
    std::lock_guard<std::mutex> held(slot->lock);
    if (!slot->gone) slot->engine->step(cycles);
    return slot->irq();
}

int32_t saguaro_rtl_wait(saguaro_rtl* device, int32_t engine, uint64_t max_cycles) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return 0;
    std::lock_guard<std::mutex> held(slot->lock);
    if (slot->gone) return 0;
    for (uint64_t i = 0; i < max_cycles && !slot->irq(); i++) slot->engine->step(1);
    return slot->irq();
}

int32_t saguaro_rtl_irq(saguaro_rtl* device, int32_t engine) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return 0;
    std::lock_guard<std::mutex> held(slot->lock);
    return slot->irq();
}

uint64_t saguaro_rtl_cycles(saguaro_rtl* device, int32_t engine) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return 0;
    std::lock_guard<std::mutex> held(slot->lock);
    return slot->engine->cycles;
}

void saguaro_rtl_reset(saguaro_rtl* device, int32_t engine) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return;
    std::lock_guard<std::mutex> held(slot->lock);
    if (!slot->gone) slot->engine->reset();
}

void* saguaro_rtl_host_memory(saguaro_rtl* device) { return device->host->data(); }

saguaro_rtl_hold* saguaro_rtl_hold_host_memory(saguaro_rtl* device) { return new (std::nothrow) saguaro_rtl_hold{device->host}; }

void saguaro_rtl_release_host_memory(saguaro_rtl_hold* hold) { delete hold; }

int32_t saguaro_rtl_sync_for_device(saguaro_rtl* device, uint64_t offset, uint64_t bytes) {
    uint64_t from, count;
    if (!device->lines(offset, bytes, from, count)) return -1;
    std::memcpy(device->memory.bytes.data() + from, device->host->data() + from, count);
    return 0;
}

int32_t saguaro_rtl_sync_for_cpu(saguaro_rtl* device, uint64_t offset, uint64_t bytes) {
    uint64_t from, count;
    if (!device->lines(offset, bytes, from, count)) return -1;
    std::memcpy(device->host->data() + from, device->memory.bytes.data() + from, count);
    return 0;
}

int32_t saguaro_rtl_bus(saguaro_rtl* device, int32_t engine, int32_t latency_min, int32_t latency_max, int32_t ready_percent,
                        int32_t data_percent) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return refuse("no engine " + std::to_string(engine));
    if (latency_min < 0 || latency_max < latency_min || ready_percent < 1 || ready_percent > 100 || data_percent < 1 ||
        data_percent > 100)
        return refuse("bus timing: expected 0 <= latency_min <= latency_max and percentages of 1..100");
    std::lock_guard<std::mutex> held(slot->lock);
    slot->engine->bus.latency_min = latency_min;
    slot->engine->bus.latency_max = latency_max;
    slot->engine->bus.ready_percent = ready_percent;
    slot->engine->bus.data_percent = data_percent;
    return 0;
}

int32_t saguaro_rtl_fault(saguaro_rtl* device, int32_t engine, int32_t kind, uint64_t a, uint64_t b) {
    Slot* slot = device->slot(engine);
    if (slot == nullptr) return refuse("no engine " + std::to_string(engine));
    std::lock_guard<std::mutex> held(slot->lock);
    BusTiming& bus = slot->engine->bus;
    switch (kind) {
        case SAGUARO_RTL_HEALTHY:
            slot->no_interrupt = slot->gone = bus.mute = false;
            slot->status_mask = 0;
            bus.error_from = bus.error_to = 0;
            return 0;
        case SAGUARO_RTL_NO_INTERRUPT: slot->no_interrupt = true; return 0;
        case SAGUARO_RTL_CORRUPT_STATUS: slot->status_mask = uint32_t(a); return 0;
        case SAGUARO_RTL_BUS_ERROR:
            bus.error_from = a;
            bus.error_to = b;
            return 0;
        case SAGUARO_RTL_BUS_SILENT: bus.mute = true; return 0;
        case SAGUARO_RTL_GONE: slot->gone = true; return 0;
        default: return refuse("unknown fault kind " + std::to_string(kind));
    }
}

}  // extern "C"
