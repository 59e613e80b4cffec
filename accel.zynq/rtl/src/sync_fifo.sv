// SPDX-License-Identifier: Apache-2.0
// First-word-fall-through FIFO in distributed memory. A push into a full FIFO is the pusher's error: every
// user here reserves space first, so there is no ready output.
`default_nettype none
module sync_fifo #(
    parameter WIDTH = 8,
    parameter LOG_DEPTH = 4
) (
    input  wire                clk,
    input  wire                clear,
    input  wire                push,
    input  wire  [WIDTH-1:0]   push_data,
    input  wire                pop,
    output logic [WIDTH-1:0]   head,
    output logic               valid,
    output logic [LOG_DEPTH:0] count
);
    logic [WIDTH-1:0]     store[0:(1<<LOG_DEPTH)-1];
    logic [LOG_DEPTH-1:0] rd;
    logic [LOG_DEPTH-1:0] wr;

    assign head  = store[rd];
    assign valid = count != 0;

    always_ff @(posedge clk) begin
        if (push) store[wr] <= push_data;
        if (clear) begin
            rd    <= '0;
            wr    <= '0;
            count <= '0;
        end else begin
            if (push) wr <= wr + 1'b1;
            if (pop) rd <= rd + 1'b1;
            if (push && !pop) count <= count + 1'b1;
            else if (pop && !push) count <= count - 1'b1;
        end
    end
endmodule
`default_nettype wire
