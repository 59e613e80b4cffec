// SPDX-License-Identifier: Apache-2.0
// 1024 rows of two complex numbers, written by halves.
`default_nettype none
module fft_bank (
    input  wire          clk,
    input  wire          we,
    input  wire          whalf,
    input  wire  [9:0]   waddr,
    input  wire  [63:0]  wdata,
    input  wire  [9:0]   raddr,
    output logic [127:0] q
);
    logic [63:0] even[0:1023];
    logic [63:0] odd[0:1023];
    always_ff @(posedge clk) begin
        if (we && !whalf) even[waddr] <= wdata;
        if (we && whalf) odd[waddr] <= wdata;
        q <= {odd[raddr], even[raddr]};
    end
endmodule
`default_nettype wire
