// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 addition (subtract = 1: a - b), round to nearest even, subnormals in and out; every NaN result is
// 7FC00000. One result per cycle, latency 4: order | align and add | normalise | round and pack.
`default_nettype none
module fp_add (
    input  wire         clk,
    input  wire         subtract,
    input  wire  [31:0] a,
    input  wire  [31:0] b,
    output logic [31:0] y
);
    function automatic [4:0] leading_zeros(input [27:0] v);
        integer k;
        begin
            leading_zeros = 5'd28;
            for (k = 0; k < 28; k = k + 1) if (v[k]) leading_zeros = 5'd27 - k[4:0];
        end
    endfunction

    // 1: x is the operand with the larger magnitude.
    logic [31:0] bs, x, z;
    logic        a_inf, b_inf;
    logic        s1_sign, s1_opposite, s1_nan, s1_inf, s1_both_negative;
    logic [7:0]  s1_e, s1_d;
    logic [23:0] s1_mx, s1_mz;
    logic [7:0]  ex, ez;
    assign bs = {b[31] ^ subtract, b[30:0]};
    assign x  = a[30:0] >= b[30:0] ? a : bs;
    assign z  = a[30:0] >= b[30:0] ? bs : a;
    assign ex = x[30:23] == 0 ? 8'd1 : x[30:23];
    assign ez = z[30:23] == 0 ? 8'd1 : z[30:23];
    assign a_inf = a[30:0] == 31'h7F800000;
    assign b_inf = b[30:0] == 31'h7F800000;
    always_ff @(posedge clk) begin
        s1_sign     <= x[31];
        s1_opposite <= x[31] != z[31];
        s1_both_negative <= x[31] && z[31];
        s1_e        <= ex;
        s1_d        <= ex - ez;
        s1_mx       <= {x[30:23] != 0, x[22:0]};
        s1_mz       <= {z[30:23] != 0, z[22:0]};
        s1_nan      <= a[30:0] > 31'h7F800000 || b[30:0] > 31'h7F800000 || (a_inf && b_inf && a[31] != bs[31]);
        s1_inf      <= a_inf || b_inf;
    end

    // 2: align the smaller one (guard, round, sticky below), add or subtract.
    logic [4:0]  by;
    logic [26:0] wide_z, aligned;
    logic [26:0] lost;
    logic        s2_sign, s2_nan, s2_inf, s2_both_negative;
    logic [7:0]  s2_e;
    logic [27:0] s2_sum;
    always_comb begin
        by = s1_d > 8'd27 ? 5'd27 : s1_d[4:0];
        wide_z = {s1_mz, 3'b0};
        lost = wide_z & ~(27'h7FFFFFF << by);
        aligned = wide_z >> by;
        aligned[0] = aligned[0] || lost != 0;
    end
    always_ff @(posedge clk) begin
        s2_sign <= s1_sign;
        s2_nan  <= s1_nan;
        s2_inf  <= s1_inf;
        s2_both_negative <= s1_both_negative;
        s2_e    <= s1_e;
        s2_sum  <= s1_opposite ? {1'b0, s1_mx, 3'b0} - {1'b0, aligned} : {1'b0, s1_mx, 3'b0} + {1'b0, aligned};
    end

    // 3: leading one to bit 26, but never below the smallest exponent.
    logic [4:0]  zeros, up;
    logic [27:0] raised;
    logic        s3_sign, s3_nan, s3_inf, s3_zero, s3_both_negative;
    logic [7:0]  s3_e;
    logic [26:0] s3_m;
    always_comb begin
        zeros = leading_zeros(s2_sum) - 5'd1;
        up = {3'b0, zeros} >= s2_e ? s2_e[4:0] - 5'd1 : zeros;
        raised = s2_sum << up;
    end
    always_ff @(posedge clk) begin
        s3_sign <= s2_sign;
        s3_nan  <= s2_nan;
        s3_inf  <= s2_inf;
        s3_both_negative <= s2_both_negative;
        s3_zero <= s2_sum == 0;
        if (s2_sum[27]) begin
            s3_m <= {s2_sum[27:2], s2_sum[1] | s2_sum[0]};
            s3_e <= s2_e + 8'd1;
        end else begin
            s3_m <= raised[26:0];
            s3_e <= raised[26] ? s2_e - {3'b0, up} : 8'd0;
        end
    end

    // 4: round.
    logic [30:0] rounded;
    assign rounded = {s3_e, s3_m[25:3]} + {30'b0, s3_m[2] && (s3_m[1] || s3_m[0] || s3_m[3])};
    always_ff @(posedge clk) begin
        if (s3_nan) y <= 32'h7FC00000;
        else if (s3_inf || s3_e == 8'd255) y <= {s3_sign, 31'h7F800000};
        else if (s3_zero) y <= {s3_both_negative, 31'b0};
        else y <= {s3_sign, rounded};
    end
    wire unused = &{1'b0, raised[27], s3_m[26]};
endmodule
`default_nettype wire
