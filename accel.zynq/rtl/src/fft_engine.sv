// SPDX-License-Identifier: Apache-2.0
// Radix-2 FFT of 16..4096 complex float32 points, one butterfly per cycle, a batch of transforms per command.
//
// Constant geometry (Pease): every stage reads the adjacent pair (2j, 2j+1), one memory row, and writes its results
// to positions j and j + N/2. With the input stored in bit-reversed order the result comes out in natural order.
// Position p lies in bank `low` (p < N/2) or `high`, row (p mod N/2)/2, half p mod 2: so a row read is one access,
// and both results go to the same row and half of the two banks. Two such memories are used in turn.
//
// The result passes the multipliers once more on its way out, by 1 or by 1/N.
`default_nettype none
module fft_engine (
`include "ports.svh"
);
    localparam [31:0] ENGINE_ID = 32'h53475646;  // "SGVF"
    localparam [31:0] ENGINE_CAPS0 = 32'h0000_0C04;  // log2 of the largest and of the smallest transform
    localparam [31:0] ENGINE_CAPS1 = 32'h0000_0001;  // butterflies per cycle
    localparam NCFG = 7;
    localparam [3:0] BAD_CONFIG = 4'd1;
    localparam FETCH = 2;  // memory, then an operand register
    localparam MUL = 4;
    localparam ADD = 4;
    localparam LATENCY = FETCH + MUL + ADD + ADD;
`include "engine_common.svh"

    logic [3:0]  log2n;
    logic        inverse, scale;
    logic [15:0] batch;
    logic [39:0] in_addr, out_addr;
    assign log2n    = cfg[3:0];
    assign inverse  = cfg[32];
    assign scale    = cfg[33];
    assign batch    = cfg[64+:16];
    assign in_addr  = cfg[96+:40];
    assign out_addr = cfg[160+:40];

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_LOAD = 3'd1;
    localparam [2:0] S_STAGE = 3'd2;
    localparam [2:0] S_DRAIN = 3'd3;
    localparam [2:0] S_STORE = 3'd4;
    localparam [2:0] S_FINISH = 3'd5;

    logic [2:0]  state;
    logic [15:0] todo;
    logic [3:0]  stage;
    logic [10:0] j;          // row: beat while loading and storing, butterfly while computing
    logic [10:0] last_row;   // N/2 - 1
    logic [9:0]  half_mask;  // N/4 - 1
    logic        from;       // which memory is read
    logic [3:0]  drain;
    logic        cmd_in, cmd_out, running, bad_config;

    assign last_row  = 11'h7FF >> (4'd12 - log2n);
    assign half_mask = 10'h3FF >> (4'd12 - log2n);

    // Movers.
    logic in_valid, in_take, in_idle, in_quiet, in_fault, in_cmd_ready;
    logic out_push, out_idle, out_quiet, out_fault, out_cmd_ready;
    logic [127:0] in_data, out_data;
    logic [3:0]  in_code, out_code;
    logic [39:0] in_bad, out_bad;
    logic [6:0]  room;
    logic [27:0] total_beats;
    assign total_beats = {12'b0, batch} << (log2n - 4'd1);

    axi_reader reader (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(cmd_in), .cmd_ready(in_cmd_ready), .cmd_addr(in_addr), .cmd_beats(total_beats),
        .ar_valid(m_axi_arvalid), .ar_ready(m_axi_arready), .ar_addr(m_axi_araddr), .ar_len(m_axi_arlen),
        .r_valid(m_axi_rvalid), .r_data(m_axi_rdata), .r_resp(m_axi_rresp), .r_last(m_axi_rlast),
        .out_valid(in_valid), .out_ready(in_take), .out_data(in_data),
        .idle(in_idle), .quiet(in_quiet), .fault(in_fault), .fault_code(in_code), .fault_addr(in_bad));
    axi_writer writer (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(cmd_out), .cmd_ready(out_cmd_ready), .cmd_addr(out_addr), .cmd_beats(total_beats),
        .in_valid(out_push), .in_data(out_data), .in_strb(16'hFFFF), .in_room(room),
        .aw_valid(m_axi_awvalid), .aw_ready(m_axi_awready), .aw_addr(m_axi_awaddr), .aw_len(m_axi_awlen),
        .w_valid(m_axi_wvalid), .w_ready(m_axi_wready), .w_data(m_axi_wdata), .w_strb(m_axi_wstrb),
        .w_last(m_axi_wlast), .b_valid(m_axi_bvalid), .b_resp(m_axi_bresp),
        .idle(out_idle), .quiet(out_quiet), .fault(out_fault), .fault_code(out_code), .fault_addr(out_bad));

    // Bit reversal of the beat number over log2n - 1 bits: beat k holds x[2k] and x[2k+1], which go to position
    // r = reverse(2k) < N/2 and to r + N/2, the same row and half of both banks.
    logic [10:0] reversed;
    integer b;
    always_comb begin
        for (b = 0; b < 11; b = b + 1) reversed[b] = j[10-b];
        reversed = reversed >> (4'd12 - log2n);
    end

    // Compute pipeline control.
    logic               issue;       // a row is read for a butterfly
    logic               issue_store; // a row is read to be sent out
    logic [LATENCY-1:0] pipe;
    logic [LATENCY-1:0] store_pipe;
    logic [10:0]        write_j;
    logic               write_result;
    assign in_take      = state == S_LOAD && in_valid;
    assign issue        = state == S_STAGE;
    assign issue_store  = state == S_STORE && room > 7'd12;
    assign write_result = pipe[LATENCY-1];
    assign out_push     = store_pipe[FETCH+MUL-1];

    // The memories: [memory][bank][half].
    logic        we;
    logic        to;
    logic [9:0]  waddr;
    logic        whalf;
    logic [63:0] wlow, whigh;
    logic [9:0]  raddr;
    logic        rbank;
    logic [63:0] sum, difference;
    assign we    = in_take || write_result;
    assign to    = state == S_LOAD ? from : !from;
    assign waddr = state == S_LOAD ? reversed[10:1] : write_j[10:1];
    assign whalf = state == S_LOAD ? reversed[0] : write_j[0];
    assign wlow  = state == S_LOAD ? in_data[63:0] : sum;
    assign whigh = state == S_LOAD ? in_data[127:64] : difference;
    assign raddr = j[9:0] & half_mask;
    assign rbank = j > {1'b0, half_mask};

    logic [127:0] q00, q01, q10, q11;
    fft_bank m0low  (.clk, .we(we && !to), .whalf, .waddr, .wdata(wlow), .raddr, .q(q00));
    fft_bank m0high (.clk, .we(we && !to), .whalf, .waddr, .wdata(whigh), .raddr, .q(q01));
    fft_bank m1low  (.clk, .we(we && to), .whalf, .waddr, .wdata(wlow), .raddr, .q(q10));
    fft_bank m1high (.clk, .we(we && to), .whalf, .waddr, .wdata(whigh), .raddr, .q(q11));

    // Twiddle of butterfly j in stage s: exponent j with its low log2n-1-s bits cleared, scaled to the ROM's 4096.
    logic [63:0] rom[0:2047];
    logic [63:0] w_q;
    logic [10:0] exponent;
    initial begin
`include "fft_twiddle.svh"
    end
    assign exponent = (j & (11'h7FF << (log2n - 4'd1 - stage))) << (4'd12 - log2n);
    always_ff @(posedge clk) w_q <= rom[exponent];

    // Fetch, stage 2: operands of the multipliers.
    logic         from_q, rbank_q, store_q;
    logic [127:0] row;
    logic [31:0]  x0, x1, x2, x3, y0, y1, y2, y3;
    logic [31:0]  wr, wi, factor;
    logic [63:0]  a_op;
    assign row = from_q ? (rbank_q ? q11 : q10) : (rbank_q ? q01 : q00);
    assign wr  = w_q[31:0];
    assign wi  = {w_q[63] ^ inverse, w_q[62:32]};
    assign factor = scale ? {1'b0, 8'd127 - {4'b0, log2n}, 23'b0} : 32'h3F800000;
    always_ff @(posedge clk) begin
        from_q  <= from;
        rbank_q <= rbank;
        store_q <= issue_store;
        a_op    <= row[63:0];
        x0 <= store_q ? row[31:0] : row[95:64];
        x1 <= store_q ? row[63:32] : row[127:96];
        x2 <= row[95:64];
        x3 <= row[127:96];
        y0 <= store_q ? factor : wr;
        y1 <= store_q ? factor : wi;
        y2 <= store_q ? factor : wi;
        y3 <= store_q ? factor : wr;
    end

    logic [31:0] p0, p1, p2, p3;
    fp_mul mul0 (.clk, .a(x0), .b(y0), .y(p0));
    fp_mul mul1 (.clk, .a(x1), .b(y1), .y(p1));
    fp_mul mul2 (.clk, .a(x2), .b(y2), .y(p2));
    fp_mul mul3 (.clk, .a(x3), .b(y3), .y(p3));
    assign out_data = {p3, p2, p1, p0};

    logic [31:0] t_re, t_im;
    fp_add add_re (.clk, .subtract(1'b1), .a(p0), .b(p1), .y(t_re));
    fp_add add_im (.clk, .subtract(1'b0), .a(p3), .b(p2), .y(t_im));

    // a waits for t.
    logic [63:0] a_wait[0:MUL+ADD-1];
    integer k;
    always_ff @(posedge clk) begin
        a_wait[0] <= a_op;
        for (k = 1; k < MUL + ADD; k = k + 1) a_wait[k] <= a_wait[k-1];
    end
    logic [63:0] a_late;
    assign a_late = a_wait[MUL+ADD-1];
    fp_add sum_re  (.clk, .subtract(1'b0), .a(a_late[31:0]), .b(t_re), .y(sum[31:0]));
    fp_add sum_im  (.clk, .subtract(1'b0), .a(a_late[63:32]), .b(t_im), .y(sum[63:32]));
    fp_add diff_re (.clk, .subtract(1'b1), .a(a_late[31:0]), .b(t_re), .y(difference[31:0]));
    fp_add diff_im (.clk, .subtract(1'b1), .a(a_late[63:32]), .b(t_im), .y(difference[63:32]));

    assign computing  = issue;
    assign quiet      = in_quiet && out_quiet;
    assign done       = running && state == S_FINISH && store_pipe == 0 && in_idle && out_idle;
    assign fault      = in_fault || out_fault || bad_config;
    assign fault_code = bad_config ? BAD_CONFIG : in_fault ? in_code : out_code;
    assign fault_addr = bad_config ? 40'd0 : in_fault ? in_bad : out_bad;

    logic config_ok;
    assign config_ok = log2n >= 4'd4 && log2n <= 4'd12 && cfg[31:4] == 0 && batch != 0;
    always_ff @(posedge clk) begin
        bad_config <= start && !config_ok;
        if (clear) begin
            state      <= S_IDLE;
            running    <= 1'b0;
            cmd_in     <= 1'b0;
            cmd_out    <= 1'b0;
            pipe       <= '0;
            store_pipe <= '0;
            j          <= '0;
            from       <= 1'b0;
            write_j    <= '0;
            stage      <= '0;
            drain      <= '0;
            todo       <= '0;
        end else begin
            pipe       <= {pipe[LATENCY-2:0], issue};
            store_pipe <= {store_pipe[LATENCY-2:0], issue_store};
            if (cmd_in && in_cmd_ready) cmd_in <= 1'b0;
            if (cmd_out && out_cmd_ready) cmd_out <= 1'b0;
            if (write_result) write_j <= write_j == last_row ? 11'd0 : write_j + 11'd1;
            case (state)
                S_IDLE:
                    if (start && config_ok) begin
                        state   <= S_LOAD;
                        running <= 1'b1;
                        todo    <= batch;
                        cmd_in  <= 1'b1;
                        cmd_out <= 1'b1;
                    end
                S_LOAD:
                    if (in_take) begin
                        j <= j == last_row ? 11'd0 : j + 11'd1;
                        if (j == last_row) begin
                            state <= S_STAGE;
                            stage <= '0;
                        end
                    end
                S_STAGE: begin
                    j <= j == last_row ? 11'd0 : j + 11'd1;
                    drain <= 4'd0;
                    if (j == last_row) state <= S_DRAIN;
                end
                S_DRAIN: begin
                    // The next stage reads what this one wrote: wait until the last result has been written.
                    drain <= drain + 4'd1;
                    if (drain == LATENCY[3:0] - 4'd1) begin
                        from  <= !from;
                        stage <= stage + 4'd1;
                        state <= stage + 4'd1 == log2n ? S_STORE : S_STAGE;
                    end
                end
                S_STORE:
                    if (issue_store) begin
                        j <= j == last_row ? 11'd0 : j + 11'd1;
                        if (j == last_row) begin
                            // The next transform is loaded into the other memory while this one leaves.
                            todo  <= todo - 16'd1;
                            from  <= !from;
                            state <= todo == 16'd1 ? S_FINISH : S_LOAD;
                        end
                    end
                default: ;
            endcase
        end
    end
    wire unused = &{1'b0, cfg[63:34], cfg[95:80], cfg[159:136], cfg[223:200]};
endmodule
`default_nettype wire
