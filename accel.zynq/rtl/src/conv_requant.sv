// SPDX-License-Identifier: Apache-2.0
// One lane of the INT8 epilogue: clamp(zero_point + round(acc * mult / 2^shift)), rounding half up. Latency 3.
// scale = {unused[9:0], shift[5:0] (0..47), mult[15:0] (unsigned)}.
`default_nettype none
module conv_requant (
    input  wire         clk,
    input  wire  [31:0] acc,
    input  wire  [31:0] scale,
    input  wire  [7:0]  zero_point,
    input  wire  [7:0]  clamp_lo,
    input  wire  [7:0]  clamp_hi,
    output logic [7:0]  y
);
    logic signed [49:0] product, rounded, shifted, moved;
    logic [5:0]         shift;
    assign rounded = product + $signed((50'd1 << shift) >> 1);
    assign moved   = shifted + $signed({{42{zero_point[7]}}, zero_point});
    always_ff @(posedge clk) begin
        product <= $signed({{18{acc[31]}}, acc}) * $signed({34'b0, scale[15:0]});
        shift   <= scale[21:16];
        shifted <= rounded >>> shift;
        if (moved < $signed({{42{clamp_lo[7]}}, clamp_lo})) y <= clamp_lo;
        else if (moved > $signed({{42{clamp_hi[7]}}, clamp_hi})) y <= clamp_hi;
        else y <= moved[7:0];
    end
    wire unused = &{1'b0, scale[31:22]};
endmodule
`default_nettype wire
