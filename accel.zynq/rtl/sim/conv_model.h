// SPDX-License-Identifier: Apache-2.0
// A convolution as the engine sees it: the shape, the plan (register values), the packed buffers, and the integer
// reference the engine must match bit for bit. README.md states the same in words; the Java driver follows it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine.h"

namespace saguaro {

enum Format { INT8 = 0, FLOAT32 = 1, INT32 = 2 };

struct Array {  // what CAPS0 and CAPS1 say
    int lanes, weight_rows, act_beats;
};
inline Array array_of(Engine& engine) {
    uint32_t c0 = engine.read(REG_CAPS0), c1 = engine.read(REG_CAPS1);
    return {int(c0 >> 16), 1 << (c1 & 255), 1 << (c1 >> 8 & 255)};
}

struct Conv {
    int in_h, in_w, in_c, out_c;
    int kh = 1, kw = 1, sh = 1, sw = 1, ph = 0, pw = 0, dh = 1, dw = 1, groups = 1;
    int pad_value = 0;
    bool max_pool = false;  // out_c = in_c, no weights; pad_value should be -128
    Format format = INT8;
    int32_t zero_point = 0;
    uint32_t clamp_lo = uint32_t(-128), clamp_hi = 127;
    int band_rows = 0;  // 0: let the plan choose
    // Rows and columns of padding at the far side may differ from the near side: the output size is free.
    int out_h = 0, out_w = 0;

    std::vector<int8_t> weights;  // [out_c][in_c / groups][kh][kw]
    std::vector<int32_t> bias;    // [out_c]
    std::vector<uint32_t> scale;  // [out_c]: float bits, or shift << 16 | mult

    void finish() {
        if (out_h == 0) out_h = (in_h + 2 * ph - dh * (kh - 1) - 1) / sh + 1;
        if (out_w == 0) out_w = (in_w + 2 * pw - dw * (kw - 1) - 1) / sw + 1;
    }
    int in_blocks() const { return (in_c + 15) / 16; }
    int out_blocks() const { return (out_c + 15) / 16; }
    int element_bytes() const { return format == INT8 ? 1 : 4; }
    int in_pixel_bytes() const { return in_blocks() * 16; }
    int out_pixel_bytes() const { return out_blocks() * 16 * element_bytes(); }
    size_t in_bytes() const { return size_t(in_h) * in_w * in_pixel_bytes(); }
    size_t out_bytes() const { return size_t(out_h) * out_w * out_pixel_bytes(); }
    double macs() const { return double(out_h) * out_w * out_c * (in_c / groups) * kh * kw; }
};

struct Plan {
    std::vector<uint32_t> registers;
    int tiles, blocks_per_group, block_step, k_rows, band_rows, passes;
    bool resident, stream_once;
    std::string refusal;  // why the engine cannot run it, empty if it can
    size_t weight_bytes(const Array& array) const { return size_t(tiles) * (k_rows + 1) * array.lanes * 16; }
};

inline Plan plan(const Conv& c, const Array& array, uint64_t in, uint64_t weights, uint64_t out) {
    Plan p;
    int tile_channels = c.max_pool ? 16 : array.lanes;
    p.tiles = (c.out_c + tile_channels - 1) / tile_channels;
    if (c.max_pool) {
        p.blocks_per_group = p.block_step = 1;
    } else if (c.groups == 1 || p.tiles == 1) {
        p.blocks_per_group = c.in_blocks();
        p.block_step = 0;
    } else {
        // Every tile must see the same number of input channels, beginning at a block of 16.
        int group_out = c.out_c / c.groups, group_in = c.in_c / c.groups;
        int channels = group_out <= array.lanes && array.lanes % group_out == 0 ? array.lanes / group_out * group_in : 0;
        if (channels == 0 || channels % 16 != 0) p.refusal = "groups do not align with the array: run one command per group";
        p.blocks_per_group = p.block_step = channels / 16;
    }
    p.k_rows = c.max_pool ? 0 : c.kh * c.kw * p.blocks_per_group;
    int pass_rows = p.tiles * (p.k_rows + 1);
    p.resident = pass_rows <= array.weight_rows;
    int row_beats = c.in_w * c.in_blocks();
    int slots = row_beats == 0 ? 0 : std::min(array.act_beats / row_beats, c.in_h);
    int reach = (c.kh - 1) * c.dh + 1;
    bool whole_fits = slots >= c.in_h;
    int band = (slots - std::min(reach, c.in_h)) / c.sh + 1;  // all of the ring for one band
    int half = (slots - std::min(reach, c.in_h)) / (2 * c.sh);  // the next band is loaded meanwhile
    if (half >= 1) band = half;
    if (whole_fits && !p.resident) band = c.out_h;
    if (whole_fits && p.resident) band = std::max(1, c.out_h / 4);
    p.band_rows = c.band_rows > 0 ? c.band_rows : std::max(1, std::min(band, c.out_h));
    p.stream_once = !c.max_pool && !p.resident && c.out_w == 1 && (c.out_h == 1 || p.k_rows >= array.weight_rows);
    if (p.stream_once) p.band_rows = 1;
    p.passes = p.resident ? 1 : (c.out_h + p.band_rows - 1) / p.band_rows;
    if (slots == 0 || (!whole_fits && slots < (p.band_rows - 1) * c.sh + reach)) p.refusal = "input rows do not fit: split the columns";
    if (!p.resident && !p.stream_once && p.k_rows >= array.weight_rows) p.refusal = "too many weight rows: split the input channels";
    if (!p.refusal.empty()) return p;

    int ring = slots * row_beats;
    auto in_ring = [&](long beats) { return uint32_t(((beats % ring) + ring) % ring); };
    int last_channels = c.out_c - (p.tiles - 1) * tile_channels;
    auto low = [](uint64_t a) { return uint32_t(a); };
    auto high = [](uint64_t a) { return uint32_t(a >> 32); };
    p.registers = {
        low(in), high(in), low(weights), high(weights), low(out), high(out),
        uint32_t(c.in_h), uint32_t(c.in_w), uint32_t(row_beats), uint32_t(row_beats * 16),
        uint32_t(p.blocks_per_group), uint32_t(p.block_step),
        uint32_t(c.kh | c.kw << 8),
        uint32_t(c.sh | c.dh << 8 | c.sw << 16 | c.dw << 24),
        uint32_t(c.ph | c.pw << 8 | (c.pad_value & 255) << 16),
        uint32_t(slots), uint32_t(ring), in_ring(long(c.sh) * row_beats), in_ring(long(c.dh) * row_beats),
        in_ring(-long(c.ph) * row_beats),
        uint32_t(c.sw * c.in_blocks()), uint32_t(c.dw * c.in_blocks()), uint32_t(c.pw * c.in_blocks()),
        uint32_t(c.out_h), uint32_t(c.out_w), uint32_t(p.band_rows), uint32_t(p.tiles),
        uint32_t((last_channels + 15) / 16), uint32_t(p.k_rows), uint32_t(pass_rows), uint32_t(p.passes),
        uint32_t(c.format | p.resident << 4 | p.stream_once << 5 | c.max_pool << 6),
        uint32_t(c.out_pixel_bytes()), uint32_t(c.out_w * c.out_pixel_bytes()), uint32_t(tile_channels * c.element_bytes()),
        c.clamp_lo, c.clamp_hi, uint32_t(c.zero_point & 255)};
    return p;
}

// Tile by tile: a parameter row, then the rows ky, kx, block; in a row 16 bytes per lane.
inline std::vector<uint8_t> pack_weights(const Conv& c, const Plan& p, const Array& array) {
    std::vector<uint8_t> bytes(p.weight_bytes(array));
    int group_in = c.in_c / c.groups, group_out = c.out_c / c.groups;
    int tile_channels = c.max_pool ? 16 : array.lanes;
    uint8_t* row = bytes.data();
    for (int tile = 0; tile < p.tiles; tile++) {
        for (int lane = 0; lane < tile_channels; lane++) {
            int oc = tile * tile_channels + lane;
            if (oc >= c.out_c) continue;
            std::memcpy(row + 16 * lane, &c.bias[oc], 4);
            std::memcpy(row + 16 * lane + 4, &c.scale[oc], 4);
        }
        row += 16 * array.lanes;
        for (int ky = 0; ky < c.kh && !c.max_pool; ky++)
            for (int kx = 0; kx < c.kw; kx++)
                for (int block = 0; block < p.blocks_per_group; block++, row += 16 * array.lanes)
                    for (int lane = 0; lane < array.lanes; lane++)
                        for (int i = 0; i < 16; i++) {
                            int oc = tile * array.lanes + lane, ic = (tile * p.block_step + block) * 16 + i;
                            if (oc >= c.out_c || ic >= c.in_c || ic / group_in != oc / group_out) continue;
                            row[16 * lane + i] = c.weights[((size_t(oc) * group_in + ic % group_in) * c.kh + ky) * c.kw + kx];
                        }
    }
    return bytes;
}

// The arithmetic of one output element after accumulation.
inline uint32_t finish_element(const Conv& c, int32_t acc, uint32_t scale) {
    if (c.format == INT32) return acc;
    if (c.format == FLOAT32) {
        float s, lo, hi;
        std::memcpy(&s, &scale, 4);
        std::memcpy(&lo, &c.clamp_lo, 4);
        std::memcpy(&hi, &c.clamp_hi, 4);
        float y = float(acc) * s;
        // A clamp at +0 turns -0 into +0, as Java's Math.max does.
        if (y < lo || (y == 0 && lo == 0 && !std::signbit(lo))) y = lo;
        if (y > hi || (y == 0 && hi == 0 && std::signbit(hi))) y = hi;
        uint32_t bits;
        std::memcpy(&bits, &y, 4);
        return bits;
    }
    int64_t mult = scale & 0xFFFF, shift = scale >> 16 & 63;
    int64_t rounded = (acc * mult + ((int64_t(1) << shift) >> 1)) >> shift;
    int64_t y = rounded + c.zero_point;
    int64_t lo = int8_t(c.clamp_lo), hi = int8_t(c.clamp_hi);
    return uint8_t(y < lo ? lo : y > hi ? hi : y);
}

inline uint32_t pooled(const Conv& c, const std::vector<int8_t>& input, int oy, int ox, int channel) {
    int largest = -128;
    for (int ky = 0; ky < c.kh; ky++)
        for (int kx = 0; kx < c.kw; kx++) {
            int iy = oy * c.sh - c.ph + ky * c.dh, ix = ox * c.sw - c.pw + kx * c.dw;
            bool inside = iy >= 0 && iy < c.in_h && ix >= 0 && ix < c.in_w;
            int x = inside ? input[(size_t(iy) * c.in_w + ix) * c.in_pixel_bytes() + channel] : c.pad_value;
            largest = std::max(largest, x);
        }
    return uint32_t(largest);
}

// The whole output buffer, channels padded with what the engine leaves there (bias 0, scale 0, weights 0).
inline std::vector<uint8_t> reference(const Conv& c, const std::vector<int8_t>& input) {
    std::vector<uint8_t> out(c.out_bytes());
    int group_in = c.in_c / c.groups, group_out = c.out_c / c.groups;
    for (int oy = 0; oy < c.out_h; oy++)
        for (int ox = 0; ox < c.out_w; ox++) {
            uint8_t* pixel = out.data() + (size_t(oy) * c.out_w + ox) * c.out_pixel_bytes();
            for (int oc = 0; oc < c.out_blocks() * 16; oc++) {
                uint32_t acc = oc < c.out_c ? c.bias[oc] : 0;  // unsigned: wraps like the hardware
                if (c.max_pool) acc = pooled(c, input, oy, ox, oc);
                else if (oc < c.out_c)
                    for (int ky = 0; ky < c.kh; ky++)
                        for (int kx = 0; kx < c.kw; kx++) {
                            int iy = oy * c.sh - c.ph + ky * c.dh, ix = ox * c.sw - c.pw + kx * c.dw;
                            bool inside = iy >= 0 && iy < c.in_h && ix >= 0 && ix < c.in_w;
                            const int8_t* x = input.data() + (size_t(iy) * c.in_w + ix) * c.in_pixel_bytes();
                            for (int i = 0; i < group_in; i++) {
                                int w = std::max<int>(-127, c.weights[((size_t(oc) * group_in + i) * c.kh + ky) * c.kw + kx]);
                                int a = inside ? x[oc / group_out * group_in + i] : c.pad_value;
                                acc += uint32_t(w * a);
                            }
                        }
                uint32_t value = finish_element(c, int32_t(acc), oc < c.out_c ? c.scale[oc] : 0);
                std::memcpy(pixel + oc * c.element_bytes(), &value, c.element_bytes());
            }
        }
    return out;
}

inline void configure(Engine& engine, const Plan& p) {
    for (size_t i = 0; i < p.registers.size(); i++) engine.write(REG_CFG + 4 * i, p.registers[i]);
}

}  // namespace saguaro
