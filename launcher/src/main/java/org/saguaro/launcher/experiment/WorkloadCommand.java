// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.run.RunFolder;
import org.saguaro.experiments.run.RunSummary;
import org.saguaro.experiments.run.SummaryText;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.formats.text.Figures;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;

/** {@code saguaro workload}: a workload on the real processing elements. */
@Component(service = ToIntFunction.class, property = "saguaro.command=workload")
public final class WorkloadCommand extends LauncherCommand {

    private final LiveBench bench;

    @Activate
    public WorkloadCommand(@Reference LiveBench bench) {
        this.bench = bench;
    }

    @Override
    protected int run(Options options) throws Exception {
        Workload workload = WorkloadOptions.workload(options);
        double scale = WorkloadOptions.scale(options);
        RunFolder.Limits limits = WorkloadOptions.limits(options);
        PrintStream out = options.out();
        bench.prepare(options);
        try (Targets targets = bench.open(workload, out)) {
            targets.warmUp(workload, workload.warmUpRequests(), target -> {});
            out.println();
            out.println("Serving requests that arrive within " + Figures.threeDigits(workload.durationSeconds())
                    + " s, policy " + bench.policy() + " ...");
            out.flush();
            Path output = options.path("output");
            RunSummary summary = bench.serve(workload, targets, scale, output, limits, options.err());
            out.println();
            out.print(SummaryText.of(summary));
            out.println("Results: " + output);
            return summary.status() == RunSummary.Status.COMPLETE && summary.failed() == 0 ? OK : FAILURE;
        }
    }
}
