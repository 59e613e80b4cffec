// SPDX-License-Identifier: Apache-2.0
// One Verilated engine with the world around it: an AXI4-Lite master for its registers and an AXI4 memory whose
// latency, throttling and errors can be chosen. Shared by the test benches and by libsaguaro_rtl.so.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <verilated.h>

namespace saguaro {

// A small deterministic generator: benches must fail the same way twice.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
    uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ * 0x2545F4914F6CDD1Dull >> 11;
    }
    int below(int bound) { return static_cast<int>(next() % static_cast<uint64_t>(bound)); }
    bool chance(int percent) { return percent >= 100 || below(100) < percent; }

  private:
    uint64_t state_;
};

// Zeros, aligned to a page. The system provides pages when they are touched: a large memory that is little used costs little.
class Pages {
  public:
    explicit Pages(size_t size) : size_(size), block_(static_cast<uint8_t*>(std::calloc(size + PAGE, 1)), &std::free) {
        if (!block_) throw std::bad_alloc();
        begin_ = block_.get() + (PAGE - reinterpret_cast<uintptr_t>(block_.get()) % PAGE) % PAGE;
    }
    uint8_t* data() { return begin_; }
    size_t size() const { return size_; }

  private:
    static constexpr size_t PAGE = 4096;
    size_t size_;
    std::unique_ptr<uint8_t, decltype(&std::free)> block_;
    uint8_t* begin_;
};

// The memory the engine sees. What the CPU sees is another copy, kept by the shim.
struct DeviceMemory {
    uint64_t base;
    Pages bytes;
    DeviceMemory(uint64_t base_address, size_t size) : base(base_address), bytes(size) {}
    bool holds(uint64_t address, uint64_t size) const {
        return address >= base && address - base <= bytes.size() && size <= bytes.size() - (address - base);
    }
    uint8_t* at(uint64_t address) { return bytes.data() + (address - base); }
};

// How the interconnect behaves.
struct BusTiming {
    int latency_min = 30;  // cycles from an accepted address to the first data, or from the last data to the answer
    int latency_max = 30;
    int ready_percent = 100;  // chance per cycle that an address or write beat is accepted
    int data_percent = 100;   // chance per cycle that a due read beat is delivered
    uint64_t error_from = 0;  // a burst touching [error_from, error_to) is answered SLVERR
    uint64_t error_to = 0;
    bool mute = false;  // nothing is ever answered any more
};

class Engine {
  public:
    virtual ~Engine() = default;
    virtual void step(uint64_t cycles) = 0;
    virtual void write(uint32_t offset, uint32_t value) = 0;
    virtual uint32_t read(uint32_t offset) = 0;
    virtual bool irq() const = 0;
    virtual void reset() = 0;

    BusTiming bus;
    uint64_t cycles = 0;
    uint64_t read_beats = 0;
    uint64_t write_beats = 0;
    std::string violation;  // the first breach of the AXI rules by the engine, empty if none
};

template <class V>
class VerilatedEngine final : public Engine {
  public:
    VerilatedEngine(DeviceMemory& memory, uint64_t seed) : memory_(memory), random_(seed), v_(new V(&context_)) {
        reset();
    }

    void reset() override {
        reads_.clear();
        writes_.clear();
        answers_.clear();
        v_->s_axil_awvalid = v_->s_axil_wvalid = v_->s_axil_arvalid = 0;
        v_->s_axil_bready = v_->s_axil_rready = 1;
        v_->rst_n = 0;
        for (int i = 0; i < 4; i++) step(1);
        v_->rst_n = 1;
        step(1);
    }

    void step(uint64_t count) override {
        while (count-- > 0) tick();
    }

    void write(uint32_t offset, uint32_t value) override {
        v_->s_axil_awaddr = offset;
        v_->s_axil_wdata = value;
        v_->s_axil_wstrb = 15;
        v_->s_axil_awvalid = v_->s_axil_wvalid = 1;
        do tick();
        while (!took_write_);
        v_->s_axil_awvalid = v_->s_axil_wvalid = 0;
        tick();
    }

    uint32_t read(uint32_t offset) override {
        v_->s_axil_araddr = offset;
        v_->s_axil_arvalid = 1;
        do tick();
        while (!took_read_);
        v_->s_axil_arvalid = 0;
        while (!got_data_) tick();
        return data_;
    }

    bool irq() const override { return v_->irq; }
    V& model() { return *v_; }

  private:
    struct Burst {
        uint64_t address;
        int beats;
        int done;
        uint64_t due;
        bool error;
    };

    void breach(const char* what, uint64_t address) {
        if (violation.empty()) {
            char text[160];
            std::snprintf(text, sizeof text, "%s at 0x%llx, cycle %llu", what, (unsigned long long)address,
                          (unsigned long long)cycles);
            violation = text;
        }
    }

    Burst accept(uint64_t address, int len, int size, int kind) {
        int beats = len + 1;
        if (beats > 16) breach("burst longer than 16 beats", address);
        if (size != 4 || kind != 1) breach("burst that is not INCR of 16-byte beats", address);
        if (address % 16 != 0) breach("misaligned burst", address);
        if (address / 4096 != (address + 16ull * beats - 1) / 4096) breach("burst across a 4 KiB boundary", address);
        uint64_t end = address + 16ull * beats;
        bool error = !memory_.holds(address, 16ull * beats) || (address < bus.error_to && end > bus.error_from);
        return {address, beats, 0, cycles + latency(), error};
    }

    uint64_t latency() {
        return bus.latency_min + (bus.latency_max > bus.latency_min ? random_.below(bus.latency_max - bus.latency_min + 1) : 0);
    }

    void tick() {
        // What the interconnect shows in this cycle.
        bool ar_ready = random_.chance(bus.ready_percent) && reads_.size() < 64;
        bool aw_ready = random_.chance(bus.ready_percent) && writes_.size() < 64;
        bool w_ready = random_.chance(bus.ready_percent);
        v_->m_axi_arready = ar_ready;
        v_->m_axi_awready = aw_ready;
        bool w_expected = false;
        for (auto& w : writes_) w_expected |= w.done < w.beats;
        v_->m_axi_wready = w_ready && w_expected;
        bool r_valid = !bus.mute && !reads_.empty() && reads_.front().due <= cycles && random_.chance(bus.data_percent);
        v_->m_axi_rvalid = r_valid;
        if (r_valid) {
            Burst& burst = reads_.front();
            uint64_t address = burst.address + 16ull * burst.done;
            if (burst.error) std::memset(&v_->m_axi_rdata, 0xEE, 16);
            else std::memcpy(&v_->m_axi_rdata, memory_.at(address), 16);
            v_->m_axi_rresp = burst.error ? 2 : 0;
            v_->m_axi_rlast = burst.done + 1 == burst.beats;
        } else {
            std::memset(&v_->m_axi_rdata, 0xDD, 16);
            v_->m_axi_rresp = 0;
            v_->m_axi_rlast = 0;
        }
        bool b_valid = !bus.mute && !answers_.empty() && answers_.front().due <= cycles;
        v_->m_axi_bvalid = b_valid;
        v_->m_axi_bresp = b_valid && answers_.front().error ? 2 : 0;

        v_->clk = 0;
        v_->eval();

        // What happens at the coming edge.
        took_write_ = v_->s_axil_awvalid && v_->s_axil_awready && v_->s_axil_wvalid && v_->s_axil_wready;
        took_read_ = v_->s_axil_arvalid && v_->s_axil_arready;
        got_data_ = v_->s_axil_rvalid && v_->s_axil_rready;
        if (got_data_) data_ = v_->s_axil_rdata;
        if (v_->rst_n) {
            if (ar_shown_ && (!v_->m_axi_arvalid || v_->m_axi_araddr != shown_ar_)) breach("read address withdrawn", shown_ar_);
            if (aw_shown_ && (!v_->m_axi_awvalid || v_->m_axi_awaddr != shown_aw_)) breach("write address withdrawn", shown_aw_);
            ar_shown_ = v_->m_axi_arvalid && !ar_ready;
            aw_shown_ = v_->m_axi_awvalid && !aw_ready;
            shown_ar_ = v_->m_axi_araddr;
            shown_aw_ = v_->m_axi_awaddr;
            if (r_valid) {
                if (!v_->m_axi_rready) breach("read beat refused", reads_.front().address);
                read_beats++;
                if (++reads_.front().done == reads_.front().beats) reads_.pop_front();
            }
            if (b_valid && v_->m_axi_bready) answers_.pop_front();
            if (v_->m_axi_wvalid && v_->m_axi_wready) store();
            if (v_->m_axi_arvalid && ar_ready)
                reads_.push_back(accept(v_->m_axi_araddr, v_->m_axi_arlen, v_->m_axi_arsize, v_->m_axi_arburst));
            if (v_->m_axi_awvalid && aw_ready)
                writes_.push_back(accept(v_->m_axi_awaddr, v_->m_axi_awlen, v_->m_axi_awsize, v_->m_axi_awburst));
        }
        v_->clk = 1;
        v_->eval();
        cycles++;
    }

    void store() {
        Burst& burst = writes_.front();
        uint64_t address = burst.address + 16ull * burst.done;
        if (!burst.error) {
            uint8_t beat[16];
            std::memcpy(beat, &v_->m_axi_wdata, 16);
            for (int i = 0; i < 16; i++)
                if (v_->m_axi_wstrb >> i & 1) memory_.at(address)[i] = beat[i];
        }
        write_beats++;
        bool last = ++burst.done == burst.beats;
        if (last != static_cast<bool>(v_->m_axi_wlast)) breach("wlast does not match awlen", burst.address);
        if (last) {
            burst.due = cycles + latency();
            answers_.push_back(burst);
            writes_.pop_front();
        }
    }

    DeviceMemory& memory_;
    Random random_;
    VerilatedContext context_;
    std::unique_ptr<V> v_;
    std::deque<Burst> reads_;
    std::deque<Burst> writes_;
    std::deque<Burst> answers_;
    bool took_write_ = false, took_read_ = false, got_data_ = false;
    bool ar_shown_ = false, aw_shown_ = false;
    uint64_t shown_ar_ = 0, shown_aw_ = 0;
    uint32_t data_ = 0;
};

// The header every engine's register file begins with.
enum Register : uint32_t {
    REG_ID = 0x00,
    REG_VERSION = 0x04,
    REG_CAPS0 = 0x08,
    REG_CAPS1 = 0x0C,
    REG_CTRL = 0x10,
    REG_STATUS = 0x14,
    REG_IRQ_ENABLE = 0x18,
    REG_IRQ_STATUS = 0x1C,
    REG_ERROR_ADDR = 0x20,
    REG_WATCHDOG = 0x28,
    REG_CYCLES = 0x2C,
    REG_MEM_BASE = 0x30,
    REG_MEM_LIMIT = 0x38,
    REG_CFG = 0x40,
};
enum Status : uint32_t { BUSY = 1, DONE = 2, ERROR = 4, BUS_HUNG = 8 };
enum ErrorCode : uint32_t {
    BAD_CONFIG = 1,
    BAD_ADDRESS = 2,
    READ_ERROR = 3,
    WRITE_ERROR = 4,
    WATCHDOG = 5,
    ABORTED = 6,
    HUNG = 7
};

inline void write64(Engine& engine, uint32_t offset, uint64_t value) {
    engine.write(offset, static_cast<uint32_t>(value));
    engine.write(offset + 4, static_cast<uint32_t>(value >> 32));
}

inline uint64_t read64(Engine& engine, uint32_t offset) {
    return engine.read(offset) | uint64_t(engine.read(offset + 4)) << 32;
}

// Starts the configured command and runs until the interrupt; returns the status register.
inline uint32_t run_command(Engine& engine, uint64_t max_cycles = 50'000'000) {
    engine.write(REG_IRQ_ENABLE, 1);
    engine.write(REG_IRQ_STATUS, 1);
    engine.write(REG_CTRL, 1);
    uint64_t limit = engine.cycles + max_cycles;
    while (!engine.irq()) {
        engine.step(1);
        if (engine.cycles > limit) {
            std::printf("no interrupt within %llu cycles, status %08x\n", (unsigned long long)max_cycles,
                        engine.read(REG_STATUS));
            return 0xFFFFFFFF;
        }
    }
    return engine.read(REG_STATUS);
}

}  // namespace saguaro
