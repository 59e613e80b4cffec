// SPDX-License-Identifier: Apache-2.0
// Element-wise complex float32 vectors: out = a op b, two elements per 128-bit beat. Both operands come over one AXI
// read channel, so the engine is bound by two input beats per output beat: one element per cycle.
`default_nettype none
module zip_engine (
`include "ports.svh"
);
    localparam [31:0] ENGINE_ID = 32'h5347565A;  // "SGVZ"
    localparam [31:0] ENGINE_CAPS0 = 32'h0000_000F;  // one bit per operation
    localparam [31:0] ENGINE_CAPS1 = 32'd0;
    localparam NCFG = 8;
    localparam [3:0] BAD_CONFIG = 4'd1;
    localparam LATENCY = 8;
`include "engine_common.svh"

    logic [1:0]  op;
    logic [27:0] count;
    logic [27:0] beats;
    logic [39:0] a_addr, b_addr, out_addr;
    assign op       = cfg[1:0];
    assign count    = cfg[32+:28];
    assign beats    = {1'b0, count[27:1]} + {27'b0, count[0]};
    assign a_addr   = cfg[64+:40];
    assign b_addr   = cfg[128+:40];
    assign out_addr = cfg[192+:40];

    logic a_cmd, b_cmd, o_cmd;
    logic a_cmd_ready, b_cmd_ready, o_cmd_ready;
    logic a_arv, a_arr, b_arv, b_arr, a_rv, b_rv, last_granted;
    logic [39:0] a_ara, b_ara;
    logic [7:0]  a_arl, b_arl;
    logic a_valid, b_valid, take;
    logic [127:0] a_data, b_data, y;
    logic a_idle, b_idle, o_idle, a_quiet, b_quiet, o_quiet, a_fault, b_fault, o_fault, bad_config;
    logic [3:0]  a_code, b_code, o_code;
    logic [39:0] a_bad, b_bad, o_bad;
    logic [6:0]  room;
    logic [27:0] left;
    logic [LATENCY-1:0] in_pipe;
    logic [LATENCY-1:0] last_in_pipe;
    logic running;

    axi_reader reader_a (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(a_cmd), .cmd_ready(a_cmd_ready), .cmd_addr(a_addr), .cmd_beats(beats),
        .ar_valid(a_arv), .ar_ready(a_arr), .ar_addr(a_ara), .ar_len(a_arl),
        .r_valid(a_rv), .r_data(m_axi_rdata), .r_resp(m_axi_rresp), .r_last(m_axi_rlast),
        .out_valid(a_valid), .out_ready(take), .out_data(a_data),
        .idle(a_idle), .quiet(a_quiet), .fault(a_fault), .fault_code(a_code), .fault_addr(a_bad));
    axi_reader reader_b (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(b_cmd), .cmd_ready(b_cmd_ready), .cmd_addr(b_addr), .cmd_beats(beats),
        .ar_valid(b_arv), .ar_ready(b_arr), .ar_addr(b_ara), .ar_len(b_arl),
        .r_valid(b_rv), .r_data(m_axi_rdata), .r_resp(m_axi_rresp), .r_last(m_axi_rlast),
        .out_valid(b_valid), .out_ready(take), .out_data(b_data),
        .idle(b_idle), .quiet(b_quiet), .fault(b_fault), .fault_code(b_code), .fault_addr(b_bad));
    axi_read_mux mux (
        .clk, .clear, .prefer(!last_granted), .granted_last(last_granted),
        .a_ar_valid(a_arv), .a_ar_ready(a_arr), .a_ar_addr(a_ara), .a_ar_len(a_arl), .a_r_valid(a_rv),
        .b_ar_valid(b_arv), .b_ar_ready(b_arr), .b_ar_addr(b_ara), .b_ar_len(b_arl), .b_r_valid(b_rv),
        .m_ar_valid(m_axi_arvalid), .m_ar_ready(m_axi_arready), .m_ar_addr(m_axi_araddr),
        .m_ar_len(m_axi_arlen), .m_r_valid(m_axi_rvalid), .m_r_last(m_axi_rlast));
    axi_writer writer (
        .clk, .clear, .flush, .mem_base, .mem_limit,
        .cmd_valid(o_cmd), .cmd_ready(o_cmd_ready), .cmd_addr(out_addr), .cmd_beats(beats),
        .in_valid(in_pipe[LATENCY-1]), .in_data(y),
        .in_strb(last_in_pipe[LATENCY-1] && count[0] ? 16'h00FF : 16'hFFFF), .in_room(room),
        .aw_valid(m_axi_awvalid), .aw_ready(m_axi_awready), .aw_addr(m_axi_awaddr), .aw_len(m_axi_awlen),
        .w_valid(m_axi_wvalid), .w_ready(m_axi_wready), .w_data(m_axi_wdata), .w_strb(m_axi_wstrb),
        .w_last(m_axi_wlast), .b_valid(m_axi_bvalid), .b_resp(m_axi_bresp),
        .idle(o_idle), .quiet(o_quiet), .fault(o_fault), .fault_code(o_code), .fault_addr(o_bad));
    zip_lane lane0 (.clk, .op, .a(a_data[63:0]), .b(b_data[63:0]), .y(y[63:0]));
    zip_lane lane1 (.clk, .op, .a(a_data[127:64]), .b(b_data[127:64]), .y(y[127:64]));

    // The lanes do not stall: a pair enters only when the writer has room for everything already under way.
    assign take      = a_valid && b_valid && room > 7'd12;
    assign computing = take;
    assign quiet     = a_quiet && b_quiet && o_quiet;
    assign done      = running && left == 0 && in_pipe == 0 && a_idle && b_idle && o_idle;
    assign fault     = a_fault || b_fault || o_fault || bad_config;
    assign fault_code = bad_config ? BAD_CONFIG : a_fault ? a_code : b_fault ? b_code : o_code;
    assign fault_addr = bad_config ? 40'd0 : a_fault ? a_bad : b_fault ? b_bad : o_bad;

    always_ff @(posedge clk) begin
        bad_config <= start && count == 0;
        if (clear) begin
            a_cmd        <= 1'b0;
            b_cmd        <= 1'b0;
            o_cmd        <= 1'b0;
            left         <= '0;
            in_pipe      <= '0;
            last_in_pipe <= '0;
            running      <= 1'b0;
        end else begin
            if (start) begin
                a_cmd   <= count != 0;
                b_cmd   <= count != 0;
                o_cmd   <= count != 0;
                left    <= beats;
                running <= count != 0;
            end else begin
                if (a_cmd_ready) a_cmd <= 1'b0;
                if (b_cmd_ready) b_cmd <= 1'b0;
                if (o_cmd_ready) o_cmd <= 1'b0;
                if (take) left <= left - 28'd1;
            end
            in_pipe      <= {in_pipe[LATENCY-2:0], take};
            last_in_pipe <= {last_in_pipe[LATENCY-2:0], left == 28'd1};
        end
    end
    wire unused = &{1'b0, cfg[31:2], cfg[63:60], cfg[127:104], cfg[191:168], cfg[255:232]};
endmodule
`default_nettype wire
