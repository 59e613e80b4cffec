// SPDX-License-Identifier: Apache-2.0
// The loop nest of a convolution, one 16-channel step per cycle:
//
//   for each band of output rows, for each group of LANES output channels: read the group's parameter row, then
//     for each output row of the band, for each output column,
//       for ky, for kx, for each block of 16 input channels: one step (activation address, weight row).
//
// Activations live in a ring of whole input rows, so im2col is nothing but this address arithmetic; everything is
// incremental, there is no multiplier. A position outside the input gives `pad` instead of an address that matters.
`default_nettype none
module conv_sequencer #(
    parameter LOG_ROWS = 9,
    parameter LOG_ACT = 13
) (
    input  wire                clk,
    input  wire                clear,
    input  wire                start,
    output logic               finished,

    input  wire  [15:0]        in_h,
    input  wire  [15:0]        in_w,
    input  wire  [15:0]        blocks_per_group,
    input  wire  [15:0]        block_step,
    input  wire  [7:0]         kernel_h,
    input  wire  [7:0]         kernel_w,
    input  wire  [7:0]         stride_h,
    input  wire  [7:0]         dilation_h,
    input  wire  [7:0]         stride_w,
    input  wire  [7:0]         dilation_w,
    input  wire  [7:0]         pad_top,
    input  wire  [7:0]         pad_left,
    input  wire  [15:0]        ring_beats,
    input  wire  [15:0]        stride_h_beats,
    input  wire  [15:0]        dilation_h_beats,
    input  wire  [15:0]        first_beat,
    input  wire  [15:0]        stride_w_beats,
    input  wire  [15:0]        dilation_w_beats,
    input  wire  [15:0]        pad_left_beats,
    input  wire  [15:0]        out_h,
    input  wire  [15:0]        out_w,
    input  wire  [15:0]        band_rows,
    input  wire  [15:0]        groups,
    input  wire  [23:0]        k_rows,
    input  wire                resident,
    input  wire                stream_once,
    input  wire                pool,          // no weight rows: a tile has its parameter row only
    input  wire  [39:0]        out_addr,
    input  wire  [31:0]        out_pixel_pitch,
    input  wire  [31:0]        out_row_pitch,
    input  wire  [31:0]        out_group_step,

    // Input rows: how many are in the ring so far, and how many may be overwritten.
    input  wire  [15:0]        rows_loaded,
    output logic [15:0]        rows_freed,
    output logic               waits_for_rows,
    // Weight rows: the same, counted from the start of the command (of the only pass, if resident).
    input  wire  [31:0]        weights_loaded,
    output logic [31:0]        weights_freed,
    output logic               waits_for_weights,

    input  wire                array_empty,   // no step is under way in the lanes
    input  wire                result_room,   // one more finished pixel can be kept
    input  wire                parity_free,   // no pixel waits that needs the scales of parity `next_parity`
    output logic               next_parity,

    output logic                step,         // cycle 0 of a step
    output logic                step_param,   // a parameter row instead of weights
    output logic                step_first,
    output logic                step_last,
    output logic                step_pad,
    output logic [LOG_ACT-1:0]  act_addr,
    output logic [LOG_ROWS-1:0] weight_addr,
    output logic                last_group,
    output logic [39:0]         pixel_addr
);
    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_PARAM = 3'd1;
    localparam [2:0] S_ROW = 3'd2;
    localparam [2:0] S_MAC = 3'd3;
    localparam [2:0] S_FINISHED = 3'd4;
    logic [2:0] state;

    function automatic [15:0] wrap(input [15:0] position, input [15:0] ahead, input [15:0] size);
        logic [16:0] sum;
        begin
            sum = {1'b0, position} + {1'b0, ahead};
            if (sum >= {1'b0, size}) sum = sum - {1'b0, size};
            wrap = sum[15:0];
        end
    endfunction

    // Where the band, the output row, the output pixel and the kernel tap are: iy, ix in input coordinates (signed),
    // *_beat as ring positions of the row, *_off as beats from the row's start.
    logic signed [16:0] band_iy, row_iy, tap_iy;
    logic signed [16:0] pixel_ix, tap_ix;
    logic [15:0]        band_beat, row_beat, tap_beat;
    logic [15:0]        pixel_off, tap_off;
    logic [15:0]        group_off;
    logic [39:0]        band_out, row_out, group_out;
    logic [15:0]        band_oy, oy, band_left, ox, group, block;
    logic [7:0]         ky, kx;
    logic [31:0]        group_row, row;   // weight rows, counted
    logic               tap_first;

    logic [15:0]        reach;      // rows from the first to one behind the last tap
    logic signed [17:0] need, need_next;
    assign reach     = ({8'b0, kernel_h} - 16'd1) * {8'b0, dilation_h} + 16'd1;
    assign need      = {row_iy[16], row_iy} + {2'b0, reach};
    assign need_next = need + {10'b0, stride_h};
    logic rows_ready, next_rows_ready;
    assign rows_ready      = rows_loaded == in_h || need <= $signed({2'b0, rows_loaded});
    assign next_rows_ready = rows_loaded == in_h || need_next <= $signed({2'b0, rows_loaded});

    logic end_block, end_kx, end_ky, end_ox, end_row, end_group, end_h, weights_ready;
    assign end_block = block + 16'd1 == blocks_per_group;
    assign end_kx    = kx + 8'd1 == kernel_w;
    assign end_ky    = ky + 8'd1 == kernel_h;
    assign end_ox    = ox + 16'd1 == out_w;
    assign end_h     = oy + 16'd1 == out_h;
    assign end_row   = end_h || band_left == 16'd1;
    assign last_group = group + 16'd1 == groups;
    assign end_group = last_group;
    assign weights_ready = row != weights_loaded || (pool && state == S_MAC);  // row is never ahead

    assign step_first  = tap_first;
    assign step_last   = state == S_MAC && end_block && end_kx && end_ky;
    assign step_param  = state == S_PARAM;
    assign step        = (state == S_PARAM && array_empty && parity_free && weights_ready)
                      || (state == S_MAC && weights_ready && (!step_last || result_room));
    assign step_pad    = tap_iy < 17'sd0 || tap_iy >= $signed({1'b0, in_h}) || tap_ix < 17'sd0
                      || tap_ix >= $signed({1'b0, in_w});
    logic [15:0] address;
    assign address     = tap_beat + tap_off + group_off + block;
    assign act_addr    = address[LOG_ACT-1:0];
    assign weight_addr = row[LOG_ROWS-1:0];
    assign finished    = state == S_FINISHED;
    wire unused = &{1'b0, address[15:LOG_ACT]};
    assign waits_for_rows    = state == S_ROW;
    assign waits_for_weights = (state == S_PARAM || state == S_MAC) && !weights_ready;

    // The row the next band begins with, and the tap position a pixel or row begins with.
    logic signed [16:0] next_iy, next_ix;
    logic [15:0]        next_beat, next_off;
    logic [39:0]        next_row_out, next_group_out;
    assign next_iy   = row_iy + $signed({9'b0, stride_h});
    assign next_beat = wrap(row_beat, stride_h_beats, ring_beats);
    assign next_ix   = pixel_ix + $signed({9'b0, stride_w});
    assign next_off  = pixel_off + stride_w_beats;
    assign next_row_out   = row_out + {8'b0, out_row_pitch};
    assign next_group_out = group_out + {8'b0, out_group_step};
    logic signed [16:0] left_ix;
    logic [15:0]        left_off;
    assign left_ix  = -$signed({9'b0, pad_left});
    assign left_off = 16'd0 - pad_left_beats;

    always_ff @(posedge clk) begin
        if (clear) begin
            state         <= S_IDLE;
            rows_freed    <= '0;
            weights_freed <= '0;
            next_parity   <= 1'b0;
            group_row     <= '0;
            row           <= '0;
        end else begin
            case (state)
                S_IDLE:
                    if (start) begin
                        state     <= S_PARAM;
                        band_iy   <= -$signed({9'b0, pad_top});
                        row_iy    <= -$signed({9'b0, pad_top});
                        tap_iy    <= -$signed({9'b0, pad_top});
                        band_beat <= first_beat;
                        row_beat  <= first_beat;
                        tap_beat  <= first_beat;
                        pixel_ix  <= left_ix;
                        tap_ix    <= left_ix;
                        pixel_off <= left_off;
                        tap_off   <= left_off;
                        group_off <= '0;
                        group_out <= '0;
                        band_out  <= out_addr;
                        row_out   <= out_addr;
                        pixel_addr <= out_addr;
                        band_oy   <= '0;
                        oy        <= '0;
                        band_left <= band_rows;
                        ox        <= '0;
                        group     <= '0;
                        block     <= '0;
                        ky        <= '0;
                        kx        <= '0;
                        tap_first <= 1'b1;
                    end
                S_PARAM:
                    if (step) begin
                        row   <= row + 32'd1;
                        state <= S_ROW;
                        if (stream_once) weights_freed <= row + 32'd1;
                    end
                S_ROW: if (rows_ready) state <= S_MAC;
                S_MAC:
                    if (step) begin
                        if (!pool) row <= row + 32'd1;
                        tap_first <= 1'b0;
                        block     <= block + 16'd1;
                        if (stream_once) weights_freed <= row + 32'd1;
                        if (end_block) begin
                            block   <= '0;
                            kx      <= kx + 8'd1;
                            tap_ix  <= tap_ix + $signed({9'b0, dilation_w});
                            tap_off <= tap_off + dilation_w_beats;
                            if (end_kx) begin
                                kx       <= '0;
                                tap_ix   <= pixel_ix;
                                tap_off  <= pixel_off;
                                ky       <= ky + 8'd1;
                                tap_iy   <= tap_iy + $signed({9'b0, dilation_h});
                                tap_beat <= wrap(tap_beat, dilation_h_beats, ring_beats);
                            end
                        end
                        if (step_last) begin
                            ky        <= '0;
                            tap_first <= 1'b1;
                            row       <= group_row + 32'd1;
                            tap_iy    <= row_iy;
                            tap_beat  <= row_beat;
                            ox        <= ox + 16'd1;
                            pixel_ix  <= next_ix;
                            tap_ix    <= next_ix;
                            pixel_off <= next_off;
                            tap_off   <= next_off;
                            pixel_addr <= pixel_addr + {8'b0, out_pixel_pitch};
                            if (end_ox) begin
                                ox        <= '0;
                                pixel_ix  <= left_ix;
                                tap_ix    <= left_ix;
                                pixel_off <= left_off;
                                tap_off   <= left_off;
                                if (!end_row) begin
                                    oy        <= oy + 16'd1;
                                    band_left <= band_left - 16'd1;
                                    row_iy    <= next_iy;
                                    tap_iy    <= next_iy;
                                    row_beat  <= next_beat;
                                    tap_beat  <= next_beat;
                                    row_out   <= next_row_out;
                                    pixel_addr <= next_row_out + group_out;
                                    if (!next_rows_ready) state <= S_ROW;
                                end else begin
                                    // The group's part of the band is done.
                                    state       <= S_PARAM;
                                    next_parity <= !next_parity;
                                    band_left   <= band_rows;
                                    if (!resident && !stream_once) weights_freed <= group_row + {8'b0, k_rows} + 32'd1;
                                    group_row <= group_row + {8'b0, k_rows} + 32'd1;
                                    row       <= group_row + {8'b0, k_rows} + 32'd1;
                                    if (!end_group) begin
                                        group     <= group + 16'd1;
                                        group_off <= group_off + block_step;
                                        group_out <= next_group_out;
                                        oy        <= band_oy;
                                        row_iy    <= band_iy;
                                        tap_iy    <= band_iy;
                                        row_beat  <= band_beat;
                                        tap_beat  <= band_beat;
                                        row_out   <= band_out;
                                        pixel_addr <= band_out + next_group_out;
                                    end else begin
                                        group     <= '0;
                                        group_off <= '0;
                                        group_out <= '0;
                                        if (resident) begin
                                            group_row <= '0;
                                            row       <= '0;
                                        end
                                        if (end_h) state <= S_FINISHED;
                                        oy        <= oy + 16'd1;
                                        band_oy   <= oy + 16'd1;
                                        band_iy   <= next_iy;
                                        row_iy    <= next_iy;
                                        tap_iy    <= next_iy;
                                        band_beat <= next_beat;
                                        row_beat  <= next_beat;
                                        tap_beat  <= next_beat;
                                        band_out  <= next_row_out;
                                        row_out   <= next_row_out;
                                        pixel_addr <= next_row_out;
                                        if (next_iy > 17'sd0) rows_freed <= next_iy[15:0];
                                    end
                                end
                            end
                        end
                    end
                default: ;
            endcase
        end
    end
endmodule
`default_nettype wire
