// SPDX-License-Identifier: Apache-2.0
// One complex float32 operation per cycle, latency 8. op: 0 a+b, 1 a-b, 2 a*b, 3 a*conj(b).
`default_nettype none
module zip_lane (
    input  wire         clk,
    input  wire  [1:0]  op,
    input  wire  [63:0] a,
    input  wire  [63:0] b,
    output logic [63:0] y
);
    logic [31:0]  rr, ii, ri, ir;
    logic [127:0] d1, d2, d3, d4;

    fp_mul mul_rr (.clk, .a(a[31:0]), .b(b[31:0]), .y(rr));
    fp_mul mul_ii (.clk, .a(a[63:32]), .b(b[63:32]), .y(ii));
    fp_mul mul_ri (.clk, .a(a[31:0]), .b(b[63:32]), .y(ri));
    fp_mul mul_ir (.clk, .a(a[63:32]), .b(b[31:0]), .y(ir));
    always_ff @(posedge clk) begin
        d1 <= {b, a};
        d2 <= d1;
        d3 <= d2;
        d4 <= d3;
    end
    fp_add add_re (.clk, .subtract(op == 2'd1 || op == 2'd2),
        .a(op[1] ? rr : d4[31:0]), .b(op[1] ? ii : d4[95:64]), .y(y[31:0]));
    fp_add add_im (.clk, .subtract(op == 2'd1 || op == 2'd3),
        .a(op[1] ? ir : d4[63:32]), .b(op[1] ? ri : d4[127:96]), .y(y[63:32]));
endmodule
`default_nettype wire
