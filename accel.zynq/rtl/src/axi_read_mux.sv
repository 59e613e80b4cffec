// SPDX-License-Identifier: Apache-2.0
// Two read movers on one AXI4 read channel. All requests carry the same id, so data come back in request order;
// a FIFO remembers whose turn it is. `prefer` names the mover that wins when both ask.
`default_nettype none
module axi_read_mux (
    input  wire         clk,
    input  wire         clear,
    input  wire         prefer,
    output logic        granted_last,

    input  wire         a_ar_valid,
    output logic        a_ar_ready,
    input  wire  [39:0] a_ar_addr,
    input  wire  [7:0]  a_ar_len,
    output logic        a_r_valid,

    input  wire         b_ar_valid,
    output logic        b_ar_ready,
    input  wire  [39:0] b_ar_addr,
    input  wire  [7:0]  b_ar_len,
    output logic        b_r_valid,

    output logic        m_ar_valid,
    input  wire         m_ar_ready,
    output logic [39:0] m_ar_addr,
    output logic [7:0]  m_ar_len,
    input  wire         m_r_valid,
    input  wire         m_r_last
);
    logic       pick;
    logic       locked;
    logic       locked_pick;
    logic       choice;
    logic       owner;
    logic       owner_valid;
    logic [5:0] owners;
    logic       room;

    // AXI forbids withdrawing or changing a request that was shown and not taken: once shown, stay with it.
    assign choice     = (a_ar_valid && b_ar_valid) ? prefer : b_ar_valid;
    assign pick       = locked ? locked_pick : choice;
    assign room       = owners < 6'd32;
    assign m_ar_valid = room && (pick ? b_ar_valid : a_ar_valid);
    assign m_ar_addr  = pick ? b_ar_addr : a_ar_addr;
    assign m_ar_len   = pick ? b_ar_len : a_ar_len;
    assign a_ar_ready = room && m_ar_ready && !pick;
    assign b_ar_ready = room && m_ar_ready && pick;
    assign a_r_valid  = m_r_valid && owner_valid && !owner;
    assign b_r_valid  = m_r_valid && owner_valid && owner;

    sync_fifo #(.WIDTH(1), .LOG_DEPTH(5)) owner_fifo (
        .clk, .clear, .push(m_ar_valid && m_ar_ready), .push_data(pick), .pop(m_r_valid && m_r_last),
        .head(owner), .valid(owner_valid), .count(owners));

    always_ff @(posedge clk) begin
        if (clear) begin
            locked       <= 1'b0;
            granted_last <= 1'b0;
        end else begin
            locked      <= m_ar_valid && !m_ar_ready;
            locked_pick <= pick;
            if (m_ar_valid && m_ar_ready) granted_last <= pick;
        end
    end
endmodule
`default_nettype wire
