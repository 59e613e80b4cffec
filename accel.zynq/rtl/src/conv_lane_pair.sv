// SPDX-License-Identifier: Apache-2.0
// Two output channels of the array: their weight memories, 2 x 16 multipliers and accumulators.
//
// Two multiplications share one DSP slice: (w_odd * 2^18 + w_even) * a. Eight such products are summed before they
// are taken apart, which fits because |w * a| <= 127 * 128 and 8 * 127 * 128 < 2^17. Hence weights are >= -127 (the
// engine clamps -128 when it loads them).
//
// Timing, with the row address in cycle 0: weights read in 1, packed in 2, products in 3, sums of two, four and eight
// in 4, 5 and 6, dot product in 7, accumulator in 8. A parameter row is {unused[63:0], scale[31:0], bias[31:0]} per lane.
`default_nettype none
module conv_lane_pair #(
    parameter LOG_ROWS = 9
) (
    input  wire                clk,
    input  wire                we_even,
    input  wire                we_odd,
    input  wire [LOG_ROWS-1:0] waddr,
    input  wire [127:0]        wdata,
    input  wire                re,         // cycle 0
    input  wire [LOG_ROWS-1:0] raddr,
    input  wire                param_1,    // cycle 1: the row read is a parameter row ...
    input  wire                parity_1,   // ... for results of this parity
    input  wire                mac_1,      // cycle 1: the row read is multiplied
    input  wire [127:0]        act_2,      // cycle 2
    input  wire                mac_2,
    input  wire                mac_3,
    input  wire                mac_4,
    input  wire                mac_5,
    input  wire                mac_6,
    input  wire                mac_7,
    input  wire                first_7,
    output logic [31:0]        acc_even,
    output logic [31:0]        acc_odd,
    input  wire                scale_parity,
    output logic [31:0]        scale_even,
    output logic [31:0]        scale_odd
);
    logic [127:0] even_rows[0:(1<<LOG_ROWS)-1];
    logic [127:0] odd_rows[0:(1<<LOG_ROWS)-1];
    logic [127:0] even_1, odd_1;
    always_ff @(posedge clk) begin
        if (we_even) even_rows[waddr] <= wdata;
        if (we_odd) odd_rows[waddr] <= wdata;
        if (re) begin
            even_1 <= even_rows[raddr];
            odd_1  <= odd_rows[raddr];
        end
    end

    logic [31:0] bias_even, bias_odd;
    logic [63:0] scale_of_0, scale_of_1;
    always_ff @(posedge clk) begin
        if (param_1) begin
            bias_even <= even_1[31:0];
            bias_odd  <= odd_1[31:0];
            if (parity_1) scale_of_1 <= {odd_1[63:32], even_1[63:32]};
            else scale_of_0 <= {odd_1[63:32], even_1[63:32]};
        end
    end
    assign {scale_odd, scale_even} = scale_parity ? scale_of_1 : scale_of_0;

    // Sixteen packed products.
    logic [16*27-1:0] packed_2;
    logic [16*35-1:0] product_3;
    genvar i;
    generate
        for (i = 0; i < 16; i = i + 1) begin : tap
            always_ff @(posedge clk) begin
                // w_odd * 2^18 + w_even: a negative w_even borrows one from w_odd.
                if (mac_1)
                    packed_2[27*i+:27] <= {
                        {odd_1[8*i+7], odd_1[8*i+:8]} - {8'b0, even_1[8*i+7]}, {10{even_1[8*i+7]}}, even_1[8*i+:8]};
                if (mac_2) product_3[35*i+:35] <= $signed(packed_2[27*i+:27]) * $signed(act_2[8*i+:8]);
            end
        end
    endgenerate

    // The sums of eight as a tree with a register after every addition (also what keeps yosys from merging the tree
    // into one wide carry-save adder).
    logic [8*36-1:0] twos_4;
    logic [4*36-1:0] fours_5;
    logic [35:0]     low_6, high_6;
    integer k;
    always_ff @(posedge clk) begin
        for (k = 0; k < 8; k = k + 1)
            if (mac_3)
                twos_4[36*k+:36] <= {product_3[70*k+34], product_3[70*k+:35]} + {product_3[70*k+69], product_3[70*k+35+:35]};
        for (k = 0; k < 4; k = k + 1)
            if (mac_4) fours_5[36*k+:36] <= twos_4[72*k+:36] + twos_4[72*k+36+:36];
        if (mac_5) begin
            low_6  <= fours_5[0+:36] + fours_5[36+:36];
            high_6 <= fours_5[72+:36] + fours_5[108+:36];
        end
    end

    logic [18:0] dot_even_7, dot_odd_7;
    logic [18:0] low_odd, high_odd;
    assign low_odd  = {low_6[35], low_6[35:18]} + {18'b0, low_6[17]};
    assign high_odd = {high_6[35], high_6[35:18]} + {18'b0, high_6[17]};
    always_ff @(posedge clk) begin
        if (mac_6) begin
            dot_even_7 <= {low_6[17], low_6[17:0]} + {high_6[17], high_6[17:0]};
            dot_odd_7  <= low_odd + high_odd;
        end
        if (mac_7) begin
            acc_even <= (first_7 ? bias_even : acc_even) + {{13{dot_even_7[18]}}, dot_even_7};
            acc_odd  <= (first_7 ? bias_odd : acc_odd) + {{13{dot_odd_7[18]}}, dot_odd_7};
        end
    end
    wire unused = &{1'b0, even_1[127:64], odd_1[127:64]};
endmodule
`default_nettype wire
