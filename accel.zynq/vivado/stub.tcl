# SPDX-License-Identifier: Apache-2.0
# Runs build_overlay.tcl without Vivado:  tclsh stub.tcl MANIFEST OUTPUT [OPTIONS]
# Vivado's commands are recorded, one per line, on standard output; any other unknown command is an error, as it would be there.
# This shows what the script asks for, not that Vivado would agree.

set ::saguaro_stub 1
source [file join [file dirname [file normalize [info script]]] build_overlay.tcl]

set answered {
    get_board_parts get_bd_cells get_bd_pins get_bd_intf_pins get_bd_addr_segs get_bd_addr_spaces get_files get_runs
    current_project current_fileset
}
set recorded {
    create_project add_files set_property update_compile_order create_bd_design create_bd_cell apply_bd_automation
    connect_bd_net connect_bd_intf_net assign_bd_address validate_bd_design save_bd_design make_wrapper
    launch_runs wait_on_run open_run report_timing_summary report_utilization
}

foreach name $answered {
    proc $name {args} [format {
        return [expr {[llength $args] == 0 ? "%s" : [join $args]}]
    } $name]
}
foreach name $recorded {
    proc $name {args} [format {puts "%s [join $args]"} $name]
}

# A board, a run that has ended well, and its bitstream.
proc get_board_parts {pattern} { return xilinx.com:zcu102:part0:3.4 }
proc get_ipdefs {pattern} { return [string map {* 1.0} $pattern] }
proc get_property {name object} {
    return [dict get {PROGRESS 100% STATS.WNS 0.125 DIRECTORY .} $name]
}
proc saguaro::tool {args} { puts "tool [join $args]" }
rename file tcl_file
proc file {command args} {
    if {$command eq "copy"} {
        puts "file copy [join $args]"
        return
    }
    return [uplevel 1 [list tcl_file $command {*}$args]]
}

saguaro::main $argv
