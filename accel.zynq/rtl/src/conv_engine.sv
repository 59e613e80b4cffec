// SPDX-License-Identifier: Apache-2.0
// Convolution / matrix multiplication, INT8 x INT8 -> INT32, 16 input channels x LANES output channels per cycle.
// README.md has the register map, the memory layouts and the arithmetic.
`default_nettype none
module conv_engine #(
    parameter LANES = 64,     // output channels: 16, 32, 64, 128 or 256
    parameter LOG_ROWS = 9,   // weight rows on chip, per lane
    parameter LOG_ACT = 13    // activation beats on chip
) (
`include "ports.svh"
);
    localparam [31:0] ENGINE_ID = 32'h53475643;  // "SGVC"
    localparam [31:0] ENGINE_CAPS0 = (LANES << 16) | 16;
    localparam [31:0] ENGINE_CAPS1 = (LOG_ACT << 8) | LOG_ROWS;
    localparam NCFG = 38;
    localparam [3:0] BAD_CONFIG = 4'd1;
    localparam LOG_LANES = $clog2(LANES);
    localparam [31:0] ROWS = 1 << LOG_ROWS;
`include "engine_common.svh"

    // Configuration by name.
    logic [39:0] in_addr, weight_base, out_addr;
    logic [15:0] in_h, in_w, row_beats, blocks_per_group, block_step, slots, ring_beats, stride_h_beats;
    logic [15:0] dilation_h_beats, first_beat, stride_w_beats, dilation_w_beats, pad_left_beats;
    logic [15:0] out_h, out_w, band_rows, groups, passes;
    logic [31:0] row_pitch, pass_rows, out_pixel_pitch, out_row_pitch, out_group_step, clamp_lo, clamp_hi;
    logic [23:0] k_rows;
    logic [7:0]  kernel_h, kernel_w, stride_h, dilation_h, stride_w, dilation_w, pad_top, pad_left, pad_value, zero_point;
    logic [4:0]  last_blocks;
    logic [1:0]  format;
    logic        resident, stream_once, pool;
    assign in_addr     = cfg[32*0+:40];
    assign weight_base = cfg[32*2+:40];
    assign out_addr    = cfg[32*4+:40];
    assign in_h        = cfg[32*6+:16];
    assign in_w        = cfg[32*7+:16];
    assign row_beats   = cfg[32*8+:16];
    assign row_pitch   = cfg[32*9+:32];
    assign blocks_per_group = cfg[32*10+:16];
    assign block_step  = cfg[32*11+:16];
    assign {kernel_w, kernel_h} = cfg[32*12+:16];
    assign {dilation_w, stride_w, dilation_h, stride_h} = cfg[32*13+:32];
    assign {pad_value, pad_left, pad_top} = cfg[32*14+:24];
    assign slots       = cfg[32*15+:16];
    assign ring_beats  = cfg[32*16+:16];
    assign stride_h_beats   = cfg[32*17+:16];
    assign dilation_h_beats = cfg[32*18+:16];
    assign first_beat       = cfg[32*19+:16];
    assign stride_w_beats   = cfg[32*20+:16];
    assign dilation_w_beats = cfg[32*21+:16];
    assign pad_left_beats   = cfg[32*22+:16];
    assign out_h       = cfg[32*23+:16];
    assign out_w       = cfg[32*24+:16];
    assign band_rows   = cfg[32*25+:16];
    assign groups      = cfg[32*26+:16];
    assign last_blocks = cfg[32*27+:5];
    assign k_rows      = cfg[32*28+:24];
    assign pass_rows   = cfg[32*29+:32];
    assign passes      = cfg[32*30+:16];
    assign format      = cfg[32*31+:2];
    assign resident    = cfg[32*31+4];
    assign stream_once = cfg[32*31+5];
    assign pool        = cfg[32*31+6];
    assign out_pixel_pitch = cfg[32*32+:32];
    assign out_row_pitch   = cfg[32*33+:32];
    assign out_group_step  = cfg[32*34+:32];
    assign clamp_lo    = cfg[32*35+:32];
    assign clamp_hi    = cfg[32*36+:32];
    assign zero_point  = cfg[32*37+:8];

    logic config_ok;
    assign config_ok = in_h != 0 && in_w != 0 && row_beats != 0 && blocks_per_group != 0 && kernel_h != 0
        && kernel_w != 0 && stride_h != 0 && dilation_h != 0 && stride_w != 0 && dilation_w != 0 && slots != 0
        && ring_beats != 0 && {16'b0, ring_beats} <= (32'd1 << LOG_ACT) && row_beats <= ring_beats
        && stride_h_beats < ring_beats && dilation_h_beats < ring_beats && first_beat < ring_beats
        && out_h != 0 && out_w != 0 && band_rows != 0 && groups != 0 && last_blocks != 0
        && {27'b0, last_blocks} <= LANES / 16 && (k_rows == 0) == pool && passes != 0 && format != 2'd3
        && !(resident && stream_once) && !(pool && stream_once) && (!resident || (pass_rows <= ROWS && passes == 16'd1))
        && (stream_once || {8'b0, k_rows} < ROWS) && (!stream_once || (band_rows == 16'd1 && out_w == 16'd1));

    // Movers.
    logic w_cmd, w_cmd_ready, i_cmd, i_cmd_ready, o_cmd_valid, o_cmd_ready;
    logic w_arv, w_arr, i_arv, i_arr, w_rv, i_rv, last_granted, prefer;
    logic [39:0] w_ara, i_ara, i_row_addr;
    logic [7:0]  w_arl, i_arl;
    logic w_valid, w_take, i_valid;
    logic [127:0] w_data, i_data, o_data;
    logic w_idle, w_quiet, w_fault, i_idle, i_quiet, i_fault, o_idle, o_quiet, o_fault, bad_config;
    logic [3:0]  w_code, i_code, o_code;
    logic [39:0] w_bad, i_bad, o_bad, o_cmd_addr;
    logic [6:0]  o_room, o_cmd_beats;
    logic        o_push;

    axi_reader weight_reader (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(w_cmd), .cmd_ready(w_cmd_ready), .cmd_addr(weight_base),
        .cmd_beats({pass_rows[27-LOG_LANES:0], {LOG_LANES{1'b0}}}),
        .ar_valid(w_arv), .ar_ready(w_arr), .ar_addr(w_ara), .ar_len(w_arl),
        .r_valid(w_rv), .r_data(m_axi_rdata), .r_resp(m_axi_rresp), .r_last(m_axi_rlast),
        .out_valid(w_valid), .out_ready(w_take), .out_data(w_data),
        .idle(w_idle), .quiet(w_quiet), .fault(w_fault), .fault_code(w_code), .fault_addr(w_bad));
    axi_reader input_reader (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(i_cmd), .cmd_ready(i_cmd_ready), .cmd_addr(i_row_addr), .cmd_beats({12'b0, row_beats}),
        .ar_valid(i_arv), .ar_ready(i_arr), .ar_addr(i_ara), .ar_len(i_arl),
        .r_valid(i_rv), .r_data(m_axi_rdata), .r_resp(m_axi_rresp), .r_last(m_axi_rlast),
        .out_valid(i_valid), .out_ready(1'b1), .out_data(i_data),
        .idle(i_idle), .quiet(i_quiet), .fault(i_fault), .fault_code(i_code), .fault_addr(i_bad));
    axi_read_mux mux (
        .clk, .clear, .prefer, .granted_last(last_granted),
        .a_ar_valid(w_arv), .a_ar_ready(w_arr), .a_ar_addr(w_ara), .a_ar_len(w_arl), .a_r_valid(w_rv),
        .b_ar_valid(i_arv), .b_ar_ready(i_arr), .b_ar_addr(i_ara), .b_ar_len(i_arl), .b_r_valid(i_rv),
        .m_ar_valid(m_axi_arvalid), .m_ar_ready(m_axi_arready), .m_ar_addr(m_axi_araddr),
        .m_ar_len(m_axi_arlen), .m_r_valid(m_axi_rvalid), .m_r_last(m_axi_rlast));
    axi_writer writer (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(o_cmd_valid), .cmd_ready(o_cmd_ready), .cmd_addr(o_cmd_addr), .cmd_beats({21'b0, o_cmd_beats}),
        .in_valid(o_push), .in_data(o_data), .in_strb(16'hFFFF), .in_room(o_room),
        .aw_valid(m_axi_awvalid), .aw_ready(m_axi_awready), .aw_addr(m_axi_awaddr), .aw_len(m_axi_awlen),
        .w_valid(m_axi_wvalid), .w_ready(m_axi_wready), .w_data(m_axi_wdata), .w_strb(m_axi_wstrb),
        .w_last(m_axi_wlast), .b_valid(m_axi_bvalid), .b_resp(m_axi_bresp),
        .idle(o_idle), .quiet(o_quiet), .fault(o_fault), .fault_code(o_code), .fault_addr(o_bad));

    // Sequencer.
    logic finished, waits_for_rows, waits_for_weights, array_empty, result_room, parity_free, next_parity;
    logic step, step_param, step_first, step_last, step_pad, last_group;
    logic [LOG_ACT-1:0]  act_addr;
    logic [LOG_ROWS-1:0] weight_addr;
    logic [39:0] pixel_addr;
    logic [15:0] rows_loaded, rows_freed;
    logic [31:0] weights_loaded, weights_freed;
    conv_sequencer #(.LOG_ROWS(LOG_ROWS), .LOG_ACT(LOG_ACT)) sequencer (
        .clk, .clear, .start(start && config_ok), .finished,
        .in_h, .in_w, .blocks_per_group, .block_step, .kernel_h, .kernel_w, .stride_h, .dilation_h, .stride_w,
        .dilation_w, .pad_top, .pad_left, .ring_beats, .stride_h_beats, .dilation_h_beats, .first_beat,
        .stride_w_beats, .dilation_w_beats, .pad_left_beats, .out_h, .out_w, .band_rows, .groups, .k_rows,
        .resident, .stream_once, .pool, .out_addr, .out_pixel_pitch, .out_row_pitch, .out_group_step,
        .rows_loaded, .rows_freed, .waits_for_rows, .weights_loaded, .weights_freed, .waits_for_weights,
        .array_empty, .result_room, .parity_free, .next_parity,
        .step, .step_param, .step_first, .step_last, .step_pad, .act_addr, .weight_addr, .last_group, .pixel_addr);
    // Whoever the array waits for goes first; otherwise turn about.
    assign prefer = waits_for_rows ? 1'b1 : waits_for_weights ? 1'b0 : !last_granted;

    // Input rows into the ring.
    logic [127:0] act_memory[0:(1<<LOG_ACT)-1];
    logic [15:0]  rows_asked, load_beat, beat_in_row;
    logic         running, asking;
    assign asking = running && !finished && rows_asked != in_h
        && {1'b0, rows_asked} < {1'b0, rows_freed} + {1'b0, slots};
    assign i_cmd = asking && i_cmd_ready;
    always_ff @(posedge clk) begin
        if (i_valid) act_memory[load_beat[LOG_ACT-1:0]] <= i_data;
        if (clear) begin
            rows_asked  <= '0;
            rows_loaded <= '0;
            load_beat   <= '0;
            beat_in_row <= '0;
        end else begin
            if (start) i_row_addr <= in_addr;
            if (i_cmd) begin
                rows_asked <= rows_asked + 16'd1;
                i_row_addr <= i_row_addr + {8'b0, row_pitch};
            end
            if (i_valid) begin
                load_beat   <= load_beat + 16'd1 == ring_beats ? 16'd0 : load_beat + 16'd1;
                beat_in_row <= beat_in_row + 16'd1;
                if (beat_in_row + 16'd1 == row_beats) begin
                    beat_in_row <= '0;
                    rows_loaded <= rows_loaded + 16'd1;
                end
            end
        end
    end

    // Weight rows into the lanes. A weight of -128 becomes -127 (see conv_lane_pair); a parameter row stays as it is.
    logic [LOG_LANES-1:0] load_lane;
    logic [23:0]          load_row_in_group;
    logic [15:0]          passes_left;
    logic [127:0]         w_clamped;
    integer n;
    always_comb begin
        w_clamped = w_data;
        for (n = 0; n < 16; n = n + 1)
            if (load_row_in_group != 0 && w_data[8*n+:8] == 8'h80) w_clamped[8*n+:8] = 8'h81;
    end
    assign w_take = w_valid && weights_loaded - weights_freed < ROWS;
    assign w_cmd  = running && passes_left != 0 && w_cmd_ready;
    always_ff @(posedge clk) begin
        if (clear) begin
            load_lane         <= '0;
            load_row_in_group <= '0;
            weights_loaded    <= '0;
            passes_left       <= '0;
        end else begin
            if (start && config_ok) passes_left <= passes;
            if (w_cmd) passes_left <= passes_left - 16'd1;
            if (w_take) begin
                load_lane <= load_lane + 1'b1;
                if (&load_lane) begin
                    weights_loaded    <= weights_loaded + 32'd1;
                    load_row_in_group <= load_row_in_group == k_rows ? 24'd0 : load_row_in_group + 24'd1;
                end
            end
        end
    end

    // The array: control travels with the data.
    logic [7:1] mac, first, last, multiply;
    logic       last_8, param_1, parity_1, pad_1;
    logic [127:0] act_1, act_2;
    always_ff @(posedge clk) begin
        if (step) act_1 <= act_memory[act_addr];
        pad_1    <= step_pad;
        parity_1 <= next_parity;
        if (mac[1]) act_2 <= pad_1 ? {16{pad_value}} : act_1;
        first    <= {first[6:1], step_first};
        if (clear) begin
            mac     <= '0;
            last    <= '0;
            last_8  <= 1'b0;
            param_1 <= 1'b0;
        end else begin
            param_1 <= step && step_param;
            mac     <= {mac[6:1], step && !step_param};
            last    <= {last[6:1], step && step_last};
            last_8  <= last[7];
        end
    end
    assign multiply    = pool ? 7'd0 : mac;
    assign array_empty = mac == 0 && !last_8;

    logic [LANES*32-1:0] accs, scales;
    logic                scale_parity;
    genvar p;
    generate
        for (p = 0; p < LANES / 2; p = p + 1) begin : lanes
            conv_lane_pair #(.LOG_ROWS(LOG_ROWS)) pair (
                .clk,
                .we_even(w_take && load_lane == 2 * p), .we_odd(w_take && load_lane == 2 * p + 1),
                .waddr(weights_loaded[LOG_ROWS-1:0]), .wdata(w_clamped),
                .re(step), .raddr(weight_addr), .param_1, .parity_1, .mac_1(multiply[1]), .act_2, .mac_2(multiply[2]),
                .mac_3(multiply[3]), .mac_4(multiply[4]), .mac_5(multiply[5]), .mac_6(multiply[6]), .mac_7(multiply[7]), .first_7(first[7]),
                .acc_even(accs[64*p+:32]), .acc_odd(accs[64*p+32+:32]), .scale_parity,
                .scale_even(scales[64*p+:32]), .scale_odd(scales[64*p+32+:32]));
        end
    endgenerate

    // Max pooling goes past the multipliers: one block of 16 channels per tile, the largest of the taps per channel.
    logic [127:0]        act_3, act_4, act_5, act_6, act_7, largest;
    logic [LANES*32-1:0] results;
    integer m;
    always_ff @(posedge clk) begin
        if (pool) begin
            act_3 <= act_2;
            act_4 <= act_3;
            act_5 <= act_4;
            act_6 <= act_5;
            act_7 <= act_6;
            for (m = 0; m < 16; m = m + 1)
                if (mac[7] && (first[7] || $signed(act_7[8*m+:8]) > $signed(largest[8*m+:8])))
                    largest[8*m+:8] <= act_7[8*m+:8];
        end
    end
    always_comb begin
        results = accs;
        for (m = 0; m < 16; m = m + 1)
            if (pool) results[32*m+:32] = {{24{largest[8*m+7]}}, largest[8*m+:8]};
    end

    // Finished pixels wait here; a step that finishes one is only made when there is a place for it.
    logic [LANES*32-1:0] pixel;
    logic [39:0] info_addr;
    logic [4:0]  info_blocks, tile_blocks;
    logic        pixel_valid, pixel_pop, info_valid, e_room, e_first, e_empty;
    logic [4:0]  pixel_count, info_count, cmd_count;
    logic [4:0]  waiting_0, waiting_1;
    sync_fifo #(.WIDTH(LANES * 32), .LOG_DEPTH(4)) pixel_fifo (
        .clk, .clear, .push(last_8), .push_data(results), .pop(pixel_pop),
        .head(pixel), .valid(pixel_valid), .count(pixel_count));
    sync_fifo #(.WIDTH(46), .LOG_DEPTH(4)) info_fifo (
        .clk, .clear, .push(step && step_last),
        .push_data({next_parity, tile_blocks, pixel_addr}), .pop(pixel_pop),
        .head({scale_parity, info_blocks, info_addr}), .valid(info_valid), .count(info_count));
    assign tile_blocks = pool ? 5'd1 : last_group ? last_blocks : LANES[8:4];
    assign result_room = info_count < 5'd16;
    assign parity_free = next_parity ? waiting_1 == 0 : waiting_0 == 0;
    logic enter_0, enter_1, leave_0, leave_1;
    assign enter_0 = step && step_last && !next_parity;
    assign enter_1 = step && step_last && next_parity;
    assign leave_0 = pixel_pop && !scale_parity;
    assign leave_1 = pixel_pop && scale_parity;
    always_ff @(posedge clk) begin
        if (clear) begin
            waiting_0 <= '0;
            waiting_1 <= '0;
        end else begin
            waiting_0 <= waiting_0 + {4'b0, enter_0} - {4'b0, leave_0};
            waiting_1 <= waiting_1 + {4'b0, enter_1} - {4'b0, leave_1};
        end
    end

    assign e_room = o_room > 7'd12 && cmd_count < 5'd15;
    conv_epilogue #(.LANES(LANES)) epilogue (
        .clk, .clear, .format, .clamp_lo, .clamp_hi, .zero_point,
        .pixel_valid, .pixel_pop, .pixel, .scales, .blocks(info_blocks),
        .room(e_room), .first_beat(e_first), .out_valid(o_push), .out_data(o_data), .empty(e_empty));
    sync_fifo #(.WIDTH(47), .LOG_DEPTH(4)) command_fifo (
        .clk, .clear, .push(e_first),
        .push_data({format == 2'd0 ? {2'b0, info_blocks} : {info_blocks, 2'b0}, info_addr}),
        .pop(o_cmd_valid && o_cmd_ready), .head({o_cmd_beats, o_cmd_addr}), .valid(o_cmd_valid), .count(cmd_count));

    assign computing  = step;
    assign quiet      = w_quiet && i_quiet && o_quiet;
    assign done       = running && finished && info_count == 0 && e_empty && cmd_count == 0 && o_idle && i_idle && w_idle;
    assign fault      = w_fault || i_fault || o_fault || bad_config;
    assign fault_code = bad_config ? BAD_CONFIG : w_fault ? w_code : i_fault ? i_code : o_code;
    assign fault_addr = bad_config ? 40'd0 : w_fault ? w_bad : i_fault ? i_bad : o_bad;
    always_ff @(posedge clk) begin
        bad_config <= start && !config_ok;
        if (clear) running <= 1'b0;
        else if (start) running <= config_ok;
    end
    wire unused = &{1'b0, cfg, pixel_count, info_valid, address_unused};
    wire address_unused = &{1'b0, pass_rows[31:28-LOG_LANES]};
endmodule
`default_nettype wire
