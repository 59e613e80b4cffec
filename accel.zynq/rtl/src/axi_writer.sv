// SPDX-License-Identifier: Apache-2.0
// AXI4 write data mover: (address, beats) commands and a data stream become INCR bursts of at most 16 beats inside
// 4 KiB pages. A burst's address is only sent when all its data are in the FIFO, so a stalled producer never blocks
// the interconnect, and an abort can always finish what was promised on the bus.
`default_nettype none
module axi_writer #(
    parameter LOG_FIFO = 6
) (
    input  wire               clk,
    input  wire               clear,
    input  wire               flush,
    input  wire  [39:0]       mem_base,
    input  wire  [39:0]       mem_limit,

    input  wire               cmd_valid,
    output logic              cmd_ready,
    input  wire  [39:0]       cmd_addr,
    input  wire  [27:0]       cmd_beats,

    input  wire               in_valid,
    input  wire  [127:0]      in_data,
    input  wire  [15:0]       in_strb,
    output logic [LOG_FIFO:0] in_room,

    output logic              aw_valid,
    input  wire               aw_ready,
    output logic [39:0]       aw_addr,
    output logic [7:0]        aw_len,
    output logic              w_valid,
    input  wire               w_ready,
    output logic [127:0]      w_data,
    output logic [15:0]       w_strb,
    output logic              w_last,
    input  wire               b_valid,
    input  wire  [1:0]        b_resp,

    output logic              idle,
    output logic              quiet,
    output logic              fault,
    output logic [3:0]        fault_code,
    output logic [39:0]       fault_addr
);
    localparam [3:0] BAD_ADDRESS = 4'd2;
    localparam [3:0] WRITE_ERROR = 4'd4;
    localparam [LOG_FIFO:0] DEPTH = 1 << LOG_FIFO;

    logic [39:0]       addr;
    logic [27:0]       left;
    logic [LOG_FIFO:0] count;
    logic [LOG_FIFO:0] promised;
    logic [4:0]        beat;
    logic [4:0]        burst_len;
    logic              burst_ready;
    logic [5:0]        bursts_to_send;
    logic [39:0]       oldest;
    logic              oldest_valid;
    logic [5:0]        unanswered;

    logic [8:0]  to_page;
    logic [4:0]  len;
    logic [39:0] last_byte_end;
    logic        bad;
    logic        want;
    logic        issue;
    logic        send;
    logic        data_valid;

    always_comb begin
        to_page = 9'd256 - {1'b0, addr[11:4]};
        len = 5'd16;
        if (left < 28'd16) len = left[4:0];
        if (to_page < {4'b0, len}) len = to_page[4:0];
        last_byte_end = addr + {31'b0, len, 4'b0};
    end
    // An end of 0 is the end of the 40-bit space.
    assign bad     = addr[3:0] != 4'd0 || addr < mem_base || last_byte_end > mem_limit || last_byte_end == 0;
    assign want    = left != 0 && !flush && (!aw_valid || aw_ready);
    assign issue   = want && !bad && unanswered < 6'd31 && count - promised >= {{(LOG_FIFO-4){1'b0}}, len};
    assign send    = w_valid && w_ready;
    assign in_room = DEPTH - count;

    sync_fifo #(.WIDTH(144), .LOG_DEPTH(LOG_FIFO)) data_fifo (
        .clk, .clear, .push(in_valid && !flush), .push_data({in_strb, in_data}), .pop(send),
        .head({w_strb, w_data}), .valid(data_valid), .count);

    sync_fifo #(.WIDTH(5), .LOG_DEPTH(5)) len_fifo (
        .clk, .clear, .push(issue), .push_data(len), .pop(send && w_last),
        .head(burst_len), .valid(burst_ready), .count(bursts_to_send));

    sync_fifo #(.WIDTH(40), .LOG_DEPTH(5)) burst_fifo (
        .clk, .clear, .push(issue), .push_data(addr), .pop(b_valid),
        .head(oldest), .valid(oldest_valid), .count(unanswered));

    assign w_valid   = burst_ready && data_valid;
    assign w_last    = beat + 5'd1 == burst_len;
    assign cmd_ready = left == 0 && !flush;
    assign quiet     = !aw_valid && bursts_to_send == 0 && unanswered == 0;
    assign idle      = quiet && left == 0 && count == 0;

    always_ff @(posedge clk) begin
        fault <= 1'b0;
        if (clear) begin
            left       <= '0;
            promised   <= '0;
            beat       <= '0;
            aw_valid   <= 1'b0;
            fault_code <= '0;
            fault_addr <= '0;
        end else begin
            if (cmd_valid && cmd_ready) begin
                addr <= cmd_addr;
                left <= cmd_beats;
            end
            if (aw_valid && aw_ready) aw_valid <= 1'b0;
            if (issue) begin
                aw_valid <= 1'b1;
                aw_addr  <= addr;
                aw_len   <= {3'b0, len} - 8'd1;
                addr     <= last_byte_end;
                left     <= left - {23'b0, len};
            end
            promised <= promised + (issue ? {{(LOG_FIFO-4){1'b0}}, len} : '0) - {{LOG_FIFO{1'b0}}, send};
            if (send) beat <= w_last ? 5'd0 : beat + 5'd1;
            if (want && bad) begin
                fault      <= 1'b1;
                fault_code <= BAD_ADDRESS;
                fault_addr <= addr;
            end
            if (b_valid && b_resp[1] && oldest_valid) begin
                fault      <= 1'b1;
                fault_code <= WRITE_ERROR;
                fault_addr <= oldest;
            end
        end
    end
    wire unused = &{1'b0, b_resp[0]};
endmodule
`default_nettype wire
