// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import org.saguaro.bench.cpu.CpuBench;
import org.saguaro.bench.fidelity.FidelityBench;
import org.saguaro.bench.layers.LayersBench;
import org.saguaro.bench.monitor.MonitorBench;
import org.saguaro.bench.overlays.OverlaysBench;
import org.saguaro.bench.policies.PoliciesBench;
import org.saguaro.bench.pulse.AcceleratorsBench;
import org.saguaro.bench.pulse.PulseDopplerBench;
import org.saguaro.bench.reshape.ReshapeBench;
import org.saguaro.bench.rtl.RtlBench;
import org.saguaro.bench.runtime.DispatchBench;
import org.saguaro.bench.runtime.SwapBench;
import org.saguaro.bench.simulator.SimulatorBench;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code ./saguaro bench}. Every bench prints one line per figure, {@code name value unit bar PASS|MISS}, and exits with 0 if it
 * could measure, whatever it measured.
 */
@Command(
        name = "bench",
        description = "Measures Saguaro against its bars and its peers.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            CpuBench.class,
            PoliciesBench.class,
            DispatchBench.class,
            SwapBench.class,
            MonitorBench.class,
            LayersBench.class,
            PulseDopplerBench.class,
            AcceleratorsBench.class,
            ReshapeBench.class,
            OverlaysBench.class,
            SimulatorBench.class,
            FidelityBench.class,
            RtlBench.class
        })
public final class Main {

    private Main() {}

    /** Runs the bench that the first argument names. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
