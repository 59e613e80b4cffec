// SPDX-License-Identifier: Apache-2.0
// AXI4 read data mover: turns (address, beats) commands into INCR bursts of at most 16 beats that never cross a
// 4 KiB boundary, and delivers the data in order as a stream. A burst is only requested when the FIFO has room for
// all of it, so the shared R channel is never held up (rready is constantly high).
// A burst outside [mem_base, mem_limit), or a misaligned command, is never put on the bus: it raises `fault`.
`default_nettype none
module axi_reader #(
    parameter LOG_FIFO = 7
) (
    input  wire          clk,
    input  wire          clear,
    input  wire          flush,
    input  wire  [39:0]  mem_base,
    input  wire  [39:0]  mem_limit,

    input  wire          cmd_valid,
    output logic         cmd_ready,
    input  wire  [39:0]  cmd_addr,
    input  wire  [27:0]  cmd_beats,

    output logic         ar_valid,
    input  wire          ar_ready,
    output logic [39:0]  ar_addr,
    output logic [7:0]   ar_len,
    input  wire          r_valid,
    input  wire  [127:0] r_data,
    input  wire  [1:0]   r_resp,
    input  wire          r_last,

    output logic         out_valid,
    input  wire          out_ready,
    output logic [127:0] out_data,

    output logic         idle,
    output logic         quiet,
    output logic         fault,
    output logic [3:0]   fault_code,
    output logic [39:0]  fault_addr
);
    localparam [3:0] BAD_ADDRESS = 4'd2;
    localparam [3:0] READ_ERROR = 4'd3;
    localparam [LOG_FIFO:0] DEPTH = 1 << LOG_FIFO;

    logic [39:0]       addr;
    logic [27:0]       left;
    logic [LOG_FIFO:0] reserved;
    logic [LOG_FIFO:0] in_flight;
    logic [39:0]       oldest;
    logic              oldest_valid;
    logic [4:0]        bursts;

    logic [8:0]  to_page;
    logic [4:0]  len;
    logic [39:0] last_byte_end;
    logic        bad;
    logic        want;
    logic        issue;
    logic        pop;
    logic [LOG_FIFO:0] fifo_count;

    always_comb begin
        to_page = 9'd256 - {1'b0, addr[11:4]};
        len = 5'd16;
        if (left < 28'd16) len = left[4:0];
        if (to_page < {4'b0, len}) len = to_page[4:0];
        last_byte_end = addr + {31'b0, len, 4'b0};
    end
    // An end of 0 is the end of the 40-bit space.
    assign bad   = addr[3:0] != 4'd0 || addr < mem_base || last_byte_end > mem_limit || last_byte_end == 0;
    assign want  = left != 0 && !flush && (!ar_valid || ar_ready);
    assign issue = want && !bad && bursts < 5'd15 && reserved <= DEPTH - {{(LOG_FIFO-4){1'b0}}, len};
    assign pop   = out_valid && out_ready;

    sync_fifo #(.WIDTH(128), .LOG_DEPTH(LOG_FIFO)) data_fifo (
        .clk, .clear, .push(r_valid && !flush), .push_data(r_data), .pop,
        .head(out_data), .valid(out_valid), .count(fifo_count));

    // The address of every outstanding burst, so that an error response can be blamed on the right one.
    sync_fifo #(.WIDTH(40), .LOG_DEPTH(4)) burst_fifo (
        .clk, .clear, .push(issue), .push_data(addr), .pop(r_valid && r_last),
        .head(oldest), .valid(oldest_valid), .count(bursts));

    assign cmd_ready = left == 0 && !flush;
    assign quiet     = !ar_valid && in_flight == 0;
    assign idle      = quiet && left == 0 && fifo_count == 0;

    always_ff @(posedge clk) begin
        fault <= 1'b0;
        if (clear) begin
            left       <= '0;
            reserved   <= '0;
            in_flight  <= '0;
            ar_valid   <= 1'b0;
            fault_code <= '0;
            fault_addr <= '0;
        end else begin
            if (cmd_valid && cmd_ready) begin
                addr <= cmd_addr;
                left <= cmd_beats;
            end
            if (ar_valid && ar_ready) ar_valid <= 1'b0;
            if (issue) begin
                ar_valid <= 1'b1;
                ar_addr  <= addr;
                ar_len   <= {3'b0, len} - 8'd1;
                addr     <= last_byte_end;
                left     <= left - {23'b0, len};
            end
            reserved  <= reserved + (issue ? {{(LOG_FIFO-4){1'b0}}, len} : '0) - {{LOG_FIFO{1'b0}}, pop};
            in_flight <= in_flight + (issue ? {{(LOG_FIFO-4){1'b0}}, len} : '0) - {{LOG_FIFO{1'b0}}, r_valid};
            if (want && bad) begin
                fault      <= 1'b1;
                fault_code <= BAD_ADDRESS;
                fault_addr <= addr;
            end
            if (r_valid && r_resp[1] && oldest_valid) begin
                fault      <= 1'b1;
                fault_code <= READ_ERROR;
                fault_addr <= oldest;
            end
        end
    end
    wire unused = &{1'b0, r_resp[0]};
endmodule
`default_nettype wire
