// SPDX-License-Identifier: Apache-2.0
// What every engine connects the same way: constant AXI attributes, control block, fault collection. The including
// module defines ENGINE_ID, ENGINE_CAPS0/1 and NCFG, and drives done, computing, reader faults and movers' quiet.
    assign m_axi_arsize  = 3'd4;
    assign m_axi_arburst = 2'b01;
    assign m_axi_arcache = 4'b0011;
    assign m_axi_arprot  = 3'b000;
    assign m_axi_awsize  = 3'd4;
    assign m_axi_awburst = 2'b01;
    assign m_axi_awcache = 4'b0011;
    assign m_axi_awprot  = 3'b000;
    assign m_axi_rready  = 1'b1;
    assign m_axi_bready  = 1'b1;

    logic [NCFG*32-1:0] cfg;
    logic [39:0] mem_base, mem_limit;
    logic start, flush, clear, done, computing, quiet;
    logic fault;
    logic [3:0]  fault_code;
    logic [39:0] fault_addr;
    logic progress;
    assign progress = computing || (m_axi_arvalid && m_axi_arready) || m_axi_rvalid
        || (m_axi_awvalid && m_axi_awready) || (m_axi_wvalid && m_axi_wready) || m_axi_bvalid;

    engine_control #(.ID(ENGINE_ID), .VERSION(32'h0001_0000), .CAPS0(ENGINE_CAPS0), .CAPS1(ENGINE_CAPS1), .NCFG(NCFG))
    control (
        .clk, .rst_n,
        .s_axil_awaddr, .s_axil_awvalid, .s_axil_awready, .s_axil_wdata, .s_axil_wstrb, .s_axil_wvalid,
        .s_axil_wready, .s_axil_bresp, .s_axil_bvalid, .s_axil_bready, .s_axil_araddr, .s_axil_arvalid,
        .s_axil_arready, .s_axil_rdata, .s_axil_rresp, .s_axil_rvalid, .s_axil_rready,
        .cfg, .mem_base, .mem_limit, .start, .flush, .clear, .done, .progress, .quiet,
        .fault, .fault_code, .fault_addr, .irq);
