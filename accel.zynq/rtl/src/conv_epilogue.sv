// SPDX-License-Identifier: Apache-2.0
// Takes finished pixels (one accumulator per lane) and turns them into output beats: INT8 requantised, 16 lanes per
// beat; float32 dequantised or raw INT32, 4 lanes per beat. One beat per cycle, latency 8.
`default_nettype none
module conv_epilogue #(
    parameter LANES = 64
) (
    input  wire                  clk,
    input  wire                  clear,
    input  wire  [1:0]           format,      // 0 int8, 1 float32, 2 int32
    input  wire  [31:0]          clamp_lo,
    input  wire  [31:0]          clamp_hi,
    input  wire  [7:0]           zero_point,

    input  wire                  pixel_valid,
    output logic                 pixel_pop,
    input  wire  [LANES*32-1:0]  pixel,
    input  wire  [LANES*32-1:0]  scales,
    input  wire  [4:0]           blocks,      // blocks of 16 lanes to write

    input  wire                  room,        // for this beat, everything under way, and the pixel's command
    output logic                 first_beat,  // pulses when a pixel is begun
    output logic                 out_valid,
    output logic [127:0]         out_data,
    output logic                 empty
);
    localparam LATENCY = 8;
    logic       wide;
    logic [4:0] block;
    logic [1:0] quarter;
    logic       issue;
    logic       last;
    logic [LATENCY-1:0] pipe;
    assign wide       = format != 2'd0;
    assign issue      = pixel_valid && room;
    assign last       = block + 5'd1 == blocks && (!wide || quarter == 2'd3);
    assign pixel_pop  = issue && last;
    assign first_beat = issue && block == 0 && quarter == 0;
    assign out_valid  = pipe[LATENCY-1];
    assign empty      = pipe == 0;
    always_ff @(posedge clk) begin
        if (clear) begin
            block   <= '0;
            quarter <= '0;
            pipe    <= '0;
        end else begin
            pipe <= {pipe[LATENCY-2:0], issue};
            if (issue) begin
                if (wide) quarter <= quarter + 2'd1;
                if (!wide || quarter == 2'd3) block <= last ? 5'd0 : block + 5'd1;
            end
        end
    end

    // 1: choose the lanes.
    logic [511:0] acc_1, scale_1;
    logic [1:0]   quarter_1;
    always_ff @(posedge clk) begin
        if (issue) begin
            acc_1     <= pixel[512*block+:512];
            scale_1   <= scales[512*block+:512];
            quarter_1 <= quarter;
        end
    end

    // 2..4: INT8.
    logic [127:0] int8_4;
    genvar i;
    generate
        for (i = 0; i < 16; i = i + 1) begin : lane
            conv_requant requant (
                .clk, .acc(acc_1[32*i+:32]), .scale(scale_1[32*i+:32]), .zero_point,
                .clamp_lo(clamp_lo[7:0]), .clamp_hi(clamp_hi[7:0]), .y(int8_4[8*i+:8]));
        end
    endgenerate

    // 2..8: float32. Order of the bit patterns made the order of the values, so that a clamp is an integer compare.
    function automatic [31:0] order(input [31:0] f);
        order = f[31] ? ~f : {1'b1, f[30:0]};
    endfunction
    logic [127:0] acc4, scale4, float_3, scale_2, scale_3, float_7, clamped;
    assign acc4   = acc_1[128*quarter_1+:128];
    assign scale4 = scale_1[128*quarter_1+:128];
    generate
        for (i = 0; i < 4; i = i + 1) begin : word
            int_to_fp convert (.clk, .a(acc4[32*i+:32]), .y(float_3[32*i+:32]));
            fp_mul dequantise (.clk, .a(float_3[32*i+:32]), .b(scale_3[32*i+:32]), .y(float_7[32*i+:32]));
            assign clamped[32*i+:32] =
                order(float_7[32*i+:32]) < order(clamp_lo) ? clamp_lo :
                order(float_7[32*i+:32]) > order(clamp_hi) ? clamp_hi : float_7[32*i+:32];
        end
    endgenerate

    // Everything arrives in cycle 8.
    logic [127:0] int8_5, int8_6, int8_7;
    logic [127:0] raw_2, raw_3, raw_4, raw_5, raw_6, raw_7;
    always_ff @(posedge clk) begin
        scale_2 <= scale4;
        scale_3 <= scale_2;
        int8_5  <= int8_4;
        int8_6  <= int8_5;
        int8_7  <= int8_6;
        raw_2   <= acc4;
        raw_3   <= raw_2;
        raw_4   <= raw_3;
        raw_5   <= raw_4;
        raw_6   <= raw_5;
        raw_7   <= raw_6;
        out_data <= format == 2'd0 ? int8_7 : format == 2'd1 ? clamped : raw_7;
    end
endmodule
`default_nettype wire
