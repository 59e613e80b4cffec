// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 multiplication, round to nearest even, subnormals in and out; every NaN result is 7FC00000.
// One result per cycle, latency 4: unpack and normalise | multiply | align | round and pack.
`default_nettype none
module fp_mul (
    input  wire         clk,
    input  wire  [31:0] a,
    input  wire  [31:0] b,
    output logic [31:0] y
);
    function automatic [4:0] leading_zeros(input [23:0] v);
        integer k;
        begin
            leading_zeros = 5'd24;
            for (k = 0; k < 24; k = k + 1) if (v[k]) leading_zeros = 5'd23 - k[4:0];
        end
    endfunction

    // 1: unpack. A subnormal is shifted up until it has its leading one, its exponent going below 1 accordingly.
    logic [23:0]       ma, mb;
    logic [4:0]        za, zb;
    logic signed [9:0] ea, eb;
    logic              nan_in, inf_in, zero_in;
    assign ma = {a[30:23] != 0, a[22:0]};
    assign mb = {b[30:23] != 0, b[22:0]};
    assign za = leading_zeros(ma);
    assign zb = leading_zeros(mb);
    assign ea = $signed({2'b0, a[30:23] == 0 ? 8'd1 : a[30:23]}) - $signed({5'b0, za});
    assign eb = $signed({2'b0, b[30:23] == 0 ? 8'd1 : b[30:23]}) - $signed({5'b0, zb});
    assign inf_in  = a[30:0] == 31'h7F800000 || b[30:0] == 31'h7F800000;
    assign zero_in = a[30:0] == 0 || b[30:0] == 0;
    assign nan_in  = a[30:0] > 31'h7F800000 || b[30:0] > 31'h7F800000 || (inf_in && zero_in);

    logic [23:0]       s1_ma, s1_mb;
    logic signed [9:0] s1_e;
    logic              s1_sign, s1_nan, s1_inf, s1_zero;
    always_ff @(posedge clk) begin
        s1_ma   <= ma << za;
        s1_mb   <= mb << zb;
        s1_e    <= ea + eb - 10'sd127;
        s1_sign <= a[31] ^ b[31];
        s1_nan  <= nan_in;
        s1_inf  <= inf_in;
        s1_zero <= zero_in;
    end

    // 2: multiply.
    logic [47:0]       s2_p;
    logic signed [9:0] s2_e;
    logic              s2_sign, s2_nan, s2_inf, s2_zero;
    always_ff @(posedge clk) begin
        s2_p    <= {24'b0, s1_ma} * {24'b0, s1_mb};
        s2_e    <= s1_e;
        s2_sign <= s1_sign;
        s2_nan  <= s1_nan;
        s2_inf  <= s1_inf;
        s2_zero <= s1_zero;
    end

    // 3: leading one to bit 47; a result below the normal range is shifted down, what falls off is kept as sticky.
    logic [47:0]       p;
    logic signed [9:0] e;
    logic signed [9:0] down_raw;
    logic [5:0]        down;
    logic [49:0]       shifted;
    logic [47:0]       fallen;
    always_comb begin
        p = s2_p[47] ? s2_p : {s2_p[46:0], 1'b0};
        e = s2_p[47] ? s2_e + 10'sd1 : s2_e;
        down_raw = 10'sd1 - e;
        down = 6'd0;
        if (e < 10'sd1) down = down_raw > 10'sd40 ? 6'd40 : down_raw[5:0];
        shifted = {p, 2'b0} >> down;
        fallen = p & ~(48'hFFFF_FFFF_FFFF << down);
    end
    logic [23:0]       s3_m;
    logic              s3_guard, s3_sticky;
    logic signed [9:0] s3_e;
    logic              s3_sign, s3_nan, s3_inf, s3_zero;
    always_ff @(posedge clk) begin
        s3_m      <= shifted[49:26];
        s3_guard  <= shifted[25];
        s3_sticky <= shifted[24:0] != 0 || fallen != 0;
        s3_e      <= e < 10'sd1 ? 10'sd0 : e;
        s3_sign   <= s2_sign;
        s3_nan    <= s2_nan;
        s3_inf    <= s2_inf || (e > 10'sd254 && !s2_zero);
        s3_zero   <= s2_zero;
    end

    // 4: round; the carry runs into the exponent, from subnormal to normal and from the largest normal to infinity.
    logic [30:0] rounded;
    assign rounded = {s3_e[7:0], s3_m[22:0]} + {30'b0, s3_guard && (s3_sticky || s3_m[0])};
    always_ff @(posedge clk) begin
        if (s3_nan) y <= 32'h7FC00000;
        else if (s3_inf) y <= {s3_sign, 31'h7F800000};
        else if (s3_zero) y <= {s3_sign, 31'b0};
        else y <= {s3_sign, rounded};
    end
    wire unused = &{1'b0, s3_m[23], down_raw[9:6], s3_e[9:8]};
endmodule
`default_nettype wire
