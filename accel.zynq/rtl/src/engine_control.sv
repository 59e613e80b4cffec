// SPDX-License-Identifier: Apache-2.0
// What all engines share: the AXI4-Lite register file, the command's life (start, done, fault, abort), the watchdog
// and the interrupt. The register map is in README.md.
//
// A command that fails is flushed: the movers stop asking, finish what they promised on the bus, and only when the
// bus owes nothing more is the datapath cleared. If the bus never answers the engine reports HUNG and refuses starts
// until the late answers have come in or the overlay is reset.
//
// Unmapped reads give 0 and unmapped writes are ignored, both with OKAY: an error response to a CPU access would be
// an asynchronous abort that takes Linux down, which no wrong register offset should be able to do.
`default_nettype none
module engine_control #(
    parameter [31:0] ID = 0,
    parameter [31:0] VERSION = 0,
    parameter [31:0] CAPS0 = 0,
    parameter [31:0] CAPS1 = 0,
    parameter NCFG = 8
) (
    input  wire                 clk,
    input  wire                 rst_n,

    input  wire  [11:0]         s_axil_awaddr,
    input  wire                 s_axil_awvalid,
    output logic                s_axil_awready,
    input  wire  [31:0]         s_axil_wdata,
    input  wire  [3:0]          s_axil_wstrb,
    input  wire                 s_axil_wvalid,
    output logic                s_axil_wready,
    output logic [1:0]          s_axil_bresp,
    output logic                s_axil_bvalid,
    input  wire                 s_axil_bready,
    input  wire  [11:0]         s_axil_araddr,
    input  wire                 s_axil_arvalid,
    output logic                s_axil_arready,
    output logic [31:0]         s_axil_rdata,
    output logic [1:0]          s_axil_rresp,
    output logic                s_axil_rvalid,
    input  wire                 s_axil_rready,

    output logic [NCFG*32-1:0]  cfg,
    output logic [39:0]         mem_base,
    output logic [39:0]         mem_limit,
    output logic                start,
    output logic                flush,
    output logic                clear,
    input  wire                 done,
    input  wire                 progress,
    input  wire                 quiet,
    input  wire                 fault,
    input  wire  [3:0]          fault_code,
    input  wire  [39:0]         fault_addr,
    output logic                irq
);
    localparam [3:0] WATCHDOG = 4'd5;
    localparam [3:0] ABORTED = 4'd6;
    localparam [3:0] HUNG = 4'd7;

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_CLEAR = 3'd1;
    localparam [2:0] S_BEGIN = 3'd2;
    localparam [2:0] S_RUN = 3'd3;
    localparam [2:0] S_FLUSH = 3'd4;
    localparam [2:0] S_END = 3'd5;
    localparam [2:0] S_HUNG = 3'd6;

    logic [2:0]  state;
    logic        is_done;
    logic        is_error;
    logic [3:0]  error_code;
    logic [39:0] error_addr;
    logic        irq_enable;
    logic        irq_status;
    logic [31:0] watchdog_limit;
    logic [31:0] silence;
    logic [31:0] cycles;

    logic        write;
    logic [9:0]  waddr;
    logic        write_start;
    logic        write_abort;
    logic        write_w1c;
    logic        busy;

    assign write          = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
    assign s_axil_awready = write;
    assign s_axil_wready  = write;
    assign s_axil_bresp   = 2'b00;
    assign s_axil_rresp   = 2'b00;
    assign waddr          = s_axil_awaddr[11:2];
    assign write_start    = write && waddr == 10'h004 && s_axil_wdata[0];
    assign write_abort    = write && waddr == 10'h004 && s_axil_wdata[1];
    assign write_w1c      = write && waddr == 10'h007 && s_axil_wdata[0];
    assign busy           = state != S_IDLE && state != S_HUNG;
    assign s_axil_arready = !s_axil_rvalid || s_axil_rready;
    assign irq            = irq_enable && irq_status;
    assign start          = state == S_BEGIN;
    assign flush          = state == S_FLUSH || state == S_HUNG;
    assign clear          = !rst_n || state == S_CLEAR || state == S_END;

    integer i;
    always_ff @(posedge clk) begin
        if (!rst_n) begin
            s_axil_bvalid  <= 1'b0;
            s_axil_rvalid  <= 1'b0;
            cfg            <= '0;
            mem_base       <= '0;
            mem_limit      <= '0;
            irq_enable     <= 1'b0;
            watchdog_limit <= 32'h0010_0000;
        end else begin
            if (write) s_axil_bvalid <= 1'b1;
            else if (s_axil_bready) s_axil_bvalid <= 1'b0;
            if (write && waddr == 10'h006) irq_enable <= s_axil_wdata[0];
            if (write && waddr == 10'h00A) watchdog_limit <= s_axil_wdata;
            if (write && !busy) begin
                case (waddr)
                    10'h00C: mem_base[31:0] <= s_axil_wdata;
                    10'h00D: mem_base[39:32] <= s_axil_wdata[7:0];
                    10'h00E: mem_limit[31:0] <= s_axil_wdata;
                    10'h00F: mem_limit[39:32] <= s_axil_wdata[7:0];
                    default: ;
                endcase
                for (i = 0; i < NCFG; i = i + 1)
                    if (waddr == 10'd16 + i[9:0]) cfg[32*i+:32] <= s_axil_wdata;
            end

            if (s_axil_arvalid && s_axil_arready) begin
                s_axil_rvalid <= 1'b1;
                s_axil_rdata  <= 32'd0;
                case (s_axil_araddr[11:2])
                    10'h000: s_axil_rdata <= ID;
                    10'h001: s_axil_rdata <= VERSION;
                    10'h002: s_axil_rdata <= CAPS0;
                    10'h003: s_axil_rdata <= CAPS1;
                    10'h005: s_axil_rdata <= {20'b0, error_code, 4'b0, state == S_HUNG, is_error, is_done, busy};
                    10'h006: s_axil_rdata <= {31'b0, irq_enable};
                    10'h007: s_axil_rdata <= {31'b0, irq_status};
                    10'h008: s_axil_rdata <= error_addr[31:0];
                    10'h009: s_axil_rdata <= {24'b0, error_addr[39:32]};
                    10'h00A: s_axil_rdata <= watchdog_limit;
                    10'h00B: s_axil_rdata <= cycles;
                    10'h00C: s_axil_rdata <= mem_base[31:0];
                    10'h00D: s_axil_rdata <= {24'b0, mem_base[39:32]};
                    10'h00E: s_axil_rdata <= mem_limit[31:0];
                    10'h00F: s_axil_rdata <= {24'b0, mem_limit[39:32]};
                    default: ;
                endcase
                for (i = 0; i < NCFG; i = i + 1)
                    if (s_axil_araddr[11:2] == 10'd16 + i[9:0]) s_axil_rdata <= cfg[32*i+:32];
            end else if (s_axil_rready) s_axil_rvalid <= 1'b0;
        end
    end

    always_ff @(posedge clk) begin
        if (!rst_n) begin
            state      <= S_IDLE;
            is_done    <= 1'b0;
            is_error   <= 1'b0;
            error_code <= '0;
            error_addr <= '0;
            irq_status <= 1'b0;
            silence    <= '0;
            cycles     <= '0;
        end else begin
            silence <= progress ? 32'd0 : silence + 32'd1;
            if (state == S_RUN) cycles <= cycles + 32'd1;
            if (write_w1c) irq_status <= 1'b0;
            case (state)
                S_IDLE:
                    if (write_start) begin
                        state      <= S_CLEAR;
                        is_done    <= 1'b0;
                        is_error   <= 1'b0;
                        error_code <= '0;
                        error_addr <= '0;
                        cycles     <= '0;
                    end
                S_CLEAR: state <= S_BEGIN;
                S_BEGIN: begin
                    state   <= S_RUN;
                    silence <= '0;
                end
                S_RUN:
                    if (fault) begin
                        state      <= S_FLUSH;
                        silence    <= '0;
                        error_code <= fault_code;
                        error_addr <= fault_addr;
                    end else if (write_abort) begin
                        state      <= S_FLUSH;
                        silence    <= '0;
                        error_code <= ABORTED;
                    end else if (watchdog_limit != 0 && silence >= watchdog_limit) begin
                        state      <= S_FLUSH;
                        silence    <= '0;
                        error_code <= WATCHDOG;
                    end else if (done) begin
                        state      <= S_IDLE;
                        is_done    <= 1'b1;
                        irq_status <= 1'b1;
                    end
                S_FLUSH:
                    if (quiet) state <= S_END;
                    else if (silence >= 32'd4096) begin
                        state      <= S_HUNG;
                        is_error   <= 1'b1;
                        irq_status <= 1'b1;
                    end
                S_END: begin
                    state      <= S_IDLE;
                    is_error   <= 1'b1;
                    irq_status <= 1'b1;
                end
                default: begin  // S_HUNG
                    if (quiet) state <= S_END;
                    else if (write_start) begin
                        error_code <= HUNG;
                        irq_status <= 1'b1;
                    end
                end
            endcase
        end
    end
    wire unused = &{1'b0, s_axil_wstrb, s_axil_awaddr[1:0], s_axil_araddr[1:0]};
endmodule
`default_nettype wire
