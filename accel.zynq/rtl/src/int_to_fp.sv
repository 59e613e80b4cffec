// SPDX-License-Identifier: Apache-2.0
// int32 to IEEE 754 binary32, round to nearest even. One result per cycle, latency 2.
`default_nettype none
module int_to_fp (
    input  wire         clk,
    input  wire  [31:0] a,
    output logic [31:0] y
);
    function automatic [5:0] leading_zeros(input [31:0] v);
        integer k;
        begin
            leading_zeros = 6'd32;
            for (k = 0; k < 32; k = k + 1) if (v[k]) leading_zeros = 6'd31 - k[5:0];
        end
    endfunction

    logic [31:0] magnitude;
    logic [5:0]  zeros;
    logic        s1_sign, s1_zero;
    logic [31:0] s1_m;
    logic [7:0]  s1_e;
    logic [30:0] rounded;
    assign magnitude = a[31] ? ~a + 32'd1 : a;
    assign zeros     = leading_zeros(magnitude);
    assign rounded   = {s1_e, s1_m[30:8]} + {30'b0, s1_m[7] && (s1_m[6:0] != 0 || s1_m[8])};
    always_ff @(posedge clk) begin
        s1_sign <= a[31];
        s1_zero <= a == 0;
        s1_m    <= magnitude << zeros;
        s1_e    <= 8'd158 - {2'b0, zeros};
        y       <= s1_zero ? 32'd0 : {s1_sign, rounded};
    end
    wire unused = &{1'b0, s1_m[31]};
endmodule
`default_nettype wire
