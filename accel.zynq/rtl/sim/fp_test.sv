// SPDX-License-Identifier: Apache-2.0
// The three float units side by side, for their unit test only.
`default_nettype none
module fp_test (
    input  wire         clk,
    input  wire         subtract,
    input  wire  [31:0] a,
    input  wire  [31:0] b,
    output logic [31:0] product,
    output logic [31:0] sum,
    output logic [31:0] converted
);
    fp_mul mul (.clk, .a, .b, .y(product));
    fp_add add (.clk, .subtract, .a, .b, .y(sum));
    int_to_fp convert (.clk, .a, .y(converted));
endmodule
`default_nettype wire
