# SPDX-License-Identifier: Apache-2.0
# Builds an overlay for the ZCU102 from its manifest: block design, bitstream, reports, device tree source.
#
#   vivado -mode batch -source build_overlay.tcl -tclargs MANIFEST OUTPUT [-clock MHZ] [-lanes N] [-coherent] [-jobs N] [-board PART]
#
#   MANIFEST   overlays/NAME.json: its engines, their addresses, the clock
#   OUTPUT     a folder for the project and, at its top, NAME.bit, NAME.bit.bin, NAME.dtso, NAME.timing.rpt, NAME.utilisation.rpt
#   -clock     instead of the manifest's
#   -lanes     of convolution arrays: 16, 32, 64 (default), 128, 256
#   -coherent  data through S_AXI_HPC0 and HPC1, which look into the CPUs' caches, instead of HP0..HP3
#
# NOBODY HAS RUN THIS IN VIVADO YET: there was none where it was written. Its syntax is checked, and a run with recorded commands in place of
# Vivado's (stub.tcl) shows that every engine gets its address, clock, reset, memory and interrupt; IP names and properties are from the
# documentation (PG201, UG994, UG1085). Written for 2022.1 and later. Timing at the manifest's clock is unknown until this has run:
# the script ends with an error if it is not met, and says at which clock to try again.
# Needs on the machine: make and a C++ compiler (the FFT's twiddle factors are generated), bootgen (comes with Vivado or Vitis).

namespace eval saguaro {
    variable here [file dirname [file normalize [info script]]]
    # Where engines are in the CPUs' memory map; the same name is at the same place in all overlays.
    variable window 0xa0000000
    variable stride 0x10000
    variable most 8
    # Interrupt n of pl_ps_irq0 is shared peripheral interrupt 89 + n of the GIC.
    variable firstSpi 89
    variable kinds {conv 0 fft 1 zip 2}
}

proc saguaro::main {arguments} {
    set options [options $arguments]
    set manifest [manifest [dict get $options manifest]]
    if {[dict get $options clock] ne ""} {
        dict set manifest clockMhz [dict get $options clock]
    }
    set output [file normalize [dict get $options output]]
    file mkdir $output
    write_text [file join $output [dict get $manifest name].dtso] [device_tree $manifest]
    project $manifest $options $output
    block_design $manifest $options
    implement $manifest $options $output
    bitstream $manifest $output
}

proc saguaro::options {arguments} {
    set options [dict create clock "" lanes 64 coherent 0 jobs 4 board ""]
    set names {}
    while {[llength $arguments] > 0} {
        set arguments [lassign $arguments argument]
        switch -glob -- $argument {
            -coherent { dict set options coherent 1 }
            -clock - -lanes - -jobs - -board {
                if {[llength $arguments] == 0} {
                    error "found no value after $argument, expected one"
                }
                set arguments [lassign $arguments value]
                dict set options [string range $argument 1 end] $value
            }
            -* { error "found $argument, expected -clock, -lanes, -coherent, -jobs or -board" }
            default { lappend names $argument }
        }
    }
    if {[llength $names] != 2} {
        error "found [llength $names] names, expected a manifest and an output folder"
    }
    if {[dict get $options lanes] ni {16 32 64 128 256}} {
        error "found -lanes [dict get $options lanes], expected 16, 32, 64, 128 or 256"
    }
    dict set options manifest [lindex $names 0]
    dict set options output [lindex $names 1]
    return $options
}

# --- the manifest ---

# What docs/overlay.schema.json allows is simple enough for patterns; the driver's reader is the one that checks.
proc saguaro::manifest {file} {
    set channel [open $file]
    set text [read $channel]
    close $channel
    set manifest [dict create name [member $file $text name] clockMhz [member $file $text clockMhz]]
    if {![regexp {"engines"\s*:\s*\[([^\]]*)\]} $text -> list]} {
        error "$file: found no engines, expected an array"
    }
    set engines {}
    foreach object [regexp -all -inline {\{[^\}]*\}} $list] {
        set engine [dict create]
        foreach name {name kind address} {
            dict set engine $name [member $file $object $name]
        }
        dict set engine index [index $file $engine]
        lappend engines $engine
    }
    dict set manifest engines $engines
    return $manifest
}

proc saguaro::member {file text name} {
    if {![regexp "\"$name\"\\s*:\\s*(?:\"(\[^\"\]*)\"|(\[0-9.\]+))" $text -> string number]} {
        error "$file: found no $name, expected one"
    }
    # Not by expr, which would make a decimal number of an address.
    if {$string ne ""} {
        return $string
    }
    return $number
}

# An engine's place decides its interrupt.
proc saguaro::index {file engine} {
    variable window
    variable stride
    variable most
    variable kinds
    set offset [expr {[dict get $engine address] - $window}]
    set index [expr {$offset / $stride}]
    if {$offset < 0 || $offset % $stride != 0 || $index >= $most} {
        error "$file: found [dict get $engine name] at [dict get $engine address], expected one of $most places from $window, $stride apart"
    }
    if {![dict exists $kinds [dict get $engine kind]]} {
        error "$file: found kind [dict get $engine kind], expected one of [dict keys $kinds]"
    }
    return $index
}

# --- the project ---

proc saguaro::project {manifest options output} {
    variable here
    set rtl [file normalize [file join $here .. rtl]]
    set generated [file join $output rtl]
    file mkdir $generated
    tool make -C $rtl BUILD=$generated [file join $generated fft_twiddle.svh]

    create_project -force [dict get $manifest name] [file join $output vivado] -part xczu9eg-ffvb1156-2-e
    set board [dict get $options board]
    if {$board eq ""} {
        set board [lindex [get_board_parts *:zcu102:*] end]
    }
    if {$board eq ""} {
        error "found no board files of the ZCU102, expected them: install them with Vivado's xhub store, or name a board part with -board"
    }
    set_property board_part $board [current_project]
    add_files -norecurse [glob [file join $rtl src *.sv]] [glob [file join $rtl src *.svh]] \
        [file join $generated fft_twiddle.svh] [file join $here saguaro_engine.v]
    set_property file_type SystemVerilog [get_files *.sv]
    set_property file_type {Verilog Header} [get_files *.svh]
    set_property include_dirs [list [file join $rtl src] $generated] [current_fileset]
    update_compile_order -fileset sources_1
}

# --- the block design ---

proc saguaro::block_design {manifest options} {
    create_bd_design overlay
    set engines [dict get $manifest engines]
    processor $manifest $options
    clock_and_reset
    foreach engine $engines {
        engine $engine $options
    }
    control $engines
    data $engines [dict get $options coherent]
    interrupts $engines
    addresses $engines [dict get $options coherent]
    validate_bd_design
    save_bd_design
    set design [get_files overlay.bd]
    make_wrapper -files $design -top -import
    set_property top overlay_wrapper [current_fileset]
    update_compile_order -fileset sources_1
}

# S_AXI_GP0, 1 are HPC0, 1; S_AXI_GP2..5 are HP0..3.
proc saguaro::data_ports {coherent} {
    return [expr {$coherent ? {HPC0 0 HPC1 1} : {HP0 2 HP1 3 HP2 4 HP3 5}}]
}

# Whatever version of an IP this Vivado has.
proc saguaro::latest {ip} {
    set found [lindex [get_ipdefs xilinx.com:ip:$ip:*] end]
    if {$found eq ""} {
        error "found no IP $ip, expected one in Vivado's catalogue"
    }
    return $found
}

proc saguaro::processor {manifest options} {
    create_bd_cell -type ip -vlnv [latest zynq_ultra_ps_e] ps
    apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e -config {apply_board_preset 1} [get_bd_cells ps]
    set properties [list \
        CONFIG.PSU__USE__M_AXI_GP0 1 CONFIG.PSU__MAXIGP0__DATA_WIDTH 32 \
        CONFIG.PSU__USE__M_AXI_GP1 0 CONFIG.PSU__USE__M_AXI_GP2 0 \
        CONFIG.PSU__USE__IRQ0 1 \
        CONFIG.PSU__FPGA_PL0_ENABLE 1 \
        CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ [dict get $manifest clockMhz]]
    dict for {name number} [data_ports [dict get $options coherent]] {
        lappend properties CONFIG.PSU__USE__S_AXI_GP$number 1 CONFIG.PSU__SAXIGP${number}__DATA_WIDTH 128
    }
    set_property -dict $properties [get_bd_cells ps]
    connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins ps/maxihpm0_fpd_aclk]
    dict for {name number} [data_ports [dict get $options coherent]] {
        connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins ps/saxi[string tolower $name]_fpd_aclk]
    }
}

proc saguaro::clock_and_reset {} {
    create_bd_cell -type ip -vlnv [latest proc_sys_reset] reset
    connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins reset/slowest_sync_clk]
    connect_bd_net [get_bd_pins ps/pl_resetn0] [get_bd_pins reset/ext_reset_in]
}

proc saguaro::engine {engine options} {
    variable kinds
    set name [dict get $engine name]
    create_bd_cell -type module -reference saguaro_engine $name
    set_property -dict [list \
        CONFIG.KIND [dict get $kinds [dict get $engine kind]] \
        CONFIG.LANES [dict get $options lanes] \
        CONFIG.COHERENT [dict get $options coherent]] [get_bd_cells $name]
    connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins $name/clk]
    connect_bd_net [get_bd_pins reset/peripheral_aresetn] [get_bd_pins $name/rst_n]
}

proc saguaro::interconnect {name slaves masters} {
    create_bd_cell -type ip -vlnv [latest smartconnect] $name
    set_property -dict [list CONFIG.NUM_SI $slaves CONFIG.NUM_MI $masters CONFIG.NUM_CLKS 1] [get_bd_cells $name]
    connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins $name/aclk]
    connect_bd_net [get_bd_pins reset/interconnect_aresetn] [get_bd_pins $name/aresetn]
}

# The CPUs to all register pages.
proc saguaro::control {engines} {
    interconnect control 1 [llength $engines]
    connect_bd_intf_net [get_bd_intf_pins ps/M_AXI_HPM0_FPD] [get_bd_intf_pins control/S00_AXI]
    set number 0
    foreach engine $engines {
        connect_bd_intf_net [get_bd_intf_pins control/[format M%02d_AXI $number]] \
            [get_bd_intf_pins [dict get $engine name]/s_axil]
        incr number
    }
}

# Engines in turn to the data ports, so that they share one as late as possible.
proc saguaro::port_of {engines number coherent} {
    set names [dict keys [data_ports $coherent]]
    return [lindex $names [expr {$number % [llength $names]}]]
}

proc saguaro::data {engines coherent} {
    dict for {port number} [data_ports $coherent] {
        set sharing {}
        for {set i 0} {$i < [llength $engines]} {incr i} {
            if {[port_of $engines $i $coherent] eq $port} {
                lappend sharing [dict get [lindex $engines $i] name]
            }
        }
        if {[llength $sharing] == 0} {
            continue
        }
        interconnect data_$port [llength $sharing] 1
        set slave 0
        foreach name $sharing {
            connect_bd_intf_net [get_bd_intf_pins $name/m_axi] \
                [get_bd_intf_pins data_$port/[format S%02d_AXI $slave]]
            incr slave
        }
        connect_bd_intf_net [get_bd_intf_pins data_$port/M00_AXI] [get_bd_intf_pins ps/S_AXI_${port}_FPD]
    }
}

# A place's line is its number, so device trees need not know the overlay; the others are low.
proc saguaro::interrupts {engines} {
    variable most
    create_bd_cell -type ip -vlnv [latest xlconcat] lines
    set_property CONFIG.NUM_PORTS $most [get_bd_cells lines]
    create_bd_cell -type ip -vlnv [latest xlconstant] low
    set_property -dict {CONFIG.CONST_WIDTH 1 CONFIG.CONST_VAL 0} [get_bd_cells low]
    set used {}
    foreach engine $engines {
        set line [dict get $engine index]
        lappend used $line
        connect_bd_net [get_bd_pins [dict get $engine name]/irq] [get_bd_pins lines/In$line]
    }
    for {set line 0} {$line < $most} {incr line} {
        if {$line ni $used} {
            connect_bd_net [get_bd_pins low/dout] [get_bd_pins lines/In$line]
        }
    }
    connect_bd_net [get_bd_pins lines/dout] [get_bd_pins ps/pl_ps_irq0]
}

proc saguaro::addresses {engines coherent} {
    set number 0
    foreach engine $engines {
        set name [dict get $engine name]
        assign_bd_address -target_address_space [get_bd_addr_spaces ps/Data] \
            -offset [dict get $engine address] -range 4K [get_bd_addr_segs $name/s_axil/reg0]
        set port [port_of $engines $number $coherent]
        set segments ps/SAXIGP[dict get [data_ports $coherent] $port]/${port}_DDR
        # All memory of a ZCU102: 2 GiB below 4 GiB, 2 GiB from 32 GiB on.
        assign_bd_address -target_address_space [get_bd_addr_spaces $name/m_axi] \
            -offset 0x0 -range 2G [get_bd_addr_segs ${segments}_LOW]
        assign_bd_address -target_address_space [get_bd_addr_spaces $name/m_axi] \
            -offset 0x800000000 -range 2G [get_bd_addr_segs ${segments}_HIGH]
        incr number
    }
}

# --- implementation ---

# There is no constraints file: an overlay has no pins, and the processor's IP brings the clock's constraint.
proc saguaro::implement {manifest options output} {
    set name [dict get $manifest name]
    launch_runs impl_1 -to_step write_bitstream -jobs [dict get $options jobs]
    wait_on_run impl_1
    if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} {
        error "implementation of $name stopped at [get_property PROGRESS [get_runs impl_1]]: see [file join $output vivado]"
    }
    open_run impl_1
    report_timing_summary -file [file join $output $name.timing.rpt]
    report_utilization -hierarchical -file [file join $output $name.utilisation.rpt]
    set slack [get_property STATS.WNS [get_runs impl_1]]
    set period [expr {1000.0 / [dict get $manifest clockMhz]}]
    if {$slack < 0} {
        set reachable [expr {int(1000.0 / ($period - $slack))}]
        error "$name misses timing at [dict get $manifest clockMhz] MHz by [expr {-$slack}] ns: try -clock $reachable, and write that into the manifest"
    }
    puts "$name meets timing at [dict get $manifest clockMhz] MHz with $slack ns to spare: the manifest may say \"clockAssumed\": false"
}

proc saguaro::bitstream {manifest output} {
    set name [dict get $manifest name]
    set bit [file join $output $name.bit]
    set runs [get_property DIRECTORY [get_runs impl_1]]
    file copy -force [file join $runs overlay_wrapper.bit] $bit
    set bif [file join $output $name.bif]
    write_text $bif "all:\n{\n    \[destination_device = pl\] $bit\n}\n"
    # Beside the .bit, named .bit.bin: without the header, in the byte order of the configuration port.
    tool bootgen -image $bif -arch zynqmp -process_bitstream bin -w on
    puts "copy $bit.bin and $name.json to the board; docs/zcu102.md goes on from here"
}

proc saguaro::tool {args} {
    puts [exec {*}$args 2>@1]
}

proc saguaro::write_text {file text} {
    set channel [open $file w]
    puts -nonewline $channel $text
    close $channel
}

# --- the device tree ---

# The overlay's own nodes, for boards whose device tree does not have all engines from the start (dts/saguaro-zcu102.dtso).
proc saguaro::device_tree {manifest} {
    variable firstSpi
    set text "// SPDX-License-Identifier: Apache-2.0\n"
    append text "// The engines of overlay [dict get $manifest name]; written by build_overlay.tcl.\n"
    append text "//   dtc -@ -I dts -O dtb -o [dict get $manifest name].dtbo [dict get $manifest name].dtso\n"
    append text "/dts-v1/;\n/plugin/;\n\n&amba {\n    #address-cells = <2>;\n    #size-cells = <2>;\n"
    set hertz [expr {round([dict get $manifest clockMhz] * 1e6)}]
    foreach engine [dict get $manifest engines] {
        set address [dict get $engine address]
        set cells "[format 0x%x [expr {$address >> 32}]] [format 0x%x [expr {$address & 0xffffffff}]]"
        append text "\n    [dict get $engine name]: [dict get $engine name]@[string range $address 2 end] {\n"
        append text "        compatible = \"generic-uio\";\n"
        append text "        reg = <$cells 0x0 0x1000>;\n"
        append text "        interrupt-parent = <&gic>;\n"
        append text "        interrupts = <0 [expr {$firstSpi + [dict get $engine index]}] 4>;\n"
        append text "        clocks = <&zynqmp_clk 71>;\n"
        append text "        assigned-clocks = <&zynqmp_clk 71>;\n"
        append text "        assigned-clock-rates = <$hertz>;\n    };\n"
    }
    append text "};\n"
    return $text
}

if {![info exists ::saguaro_stub]} {
    saguaro::main $argv
}
