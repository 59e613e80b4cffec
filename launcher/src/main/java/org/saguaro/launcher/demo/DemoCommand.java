// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.experiments.application.Example;
import org.saguaro.experiments.application.Judge;
import org.saguaro.experiments.application.Target;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.run.RunFolder;
import org.saguaro.experiments.run.RunSummary;
import org.saguaro.experiments.run.SummaryText;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.experiments.workload.WorkloadFile;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CycleTable;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;
import org.saguaro.launcher.experiment.LiveBench;

/** {@code saguaro demo}: several applications share the processing elements while requests arrive on their own. */
@Component(service = ToIntFunction.class, property = "saguaro.command=demo")
public final class DemoCommand extends LauncherCommand {

    private static final int PREDICTIONS_SHOWN = 4;
    private static final int PREDICTIONS_SHOWN_OF_MANY = 2;
    private static final int FEW = 3;
    private static final int WARM_UP_REQUESTS = 100;

    /** Of each application: a simulated device takes seconds for what others do in a millisecond. */
    private static final Duration WARM_UP_PATIENCE = Duration.ofSeconds(2);

    /** What a simulated device can serve is not seen by what requests take alone, when cores are free to do its work. */
    private static final double SIMULATED_PER_SECOND = 1;

    private final LiveBench bench;

    @Activate
    public DemoCommand(@Reference LiveBench bench) {
        this.bench = bench;
    }

    @Override
    protected int run(Options options) throws Exception {
        PrintStream out = options.out();
        bench.prepare(options);
        List<Map<String, Object>> streams = new ArrayList<>();
        for (Path folder : Example.folders(options.path("examples"))) {
            streams.add(Json.object("example", folder.toString()));
        }
        // With any rate: the right one is known when the applications have run alone.
        try (Targets targets = bench.open(workload(options, streams, new long[streams.size()]), out)) {
            // Only now: bundles in plugins/ may have been starting until here.
            if (!options.flag("networksOnly")) {
                bench.applicationNames().forEach(name -> streams.add(Json.object("application", name)));
            }
            Workload unknown = workload(options, streams, new long[streams.size()]);
            bench.add(targets, unknown, out);
            Workload workload = workload(
                    options, streams, targets.warmUp(unknown, WARM_UP_REQUESTS, WARM_UP_PATIENCE, target -> {}));
            out.println();
            out.println("Serving requests that arrive within " + Figures.threeDigits(workload.durationSeconds())
                    + " s, policy " + bench.policy() + " ...");
            out.flush();
            Path output = options.path("output");
            RunSummary summary = bench.serve(workload, targets, 1, output, RunFolder.Limits.DEFAULT, options.err());
            report(summary, targets, out);
            CycleTable.text(bench.processingElements()).ifPresent(text -> out.print("\n" + text));
            out.println();
            out.println("Gantt chart: " + output.resolve(RunFolder.GANTT));
            out.println("Trace for ui.perfetto.dev: " + output.resolve(RunFolder.TRACE));
            return summary.status() == RunSummary.Status.COMPLETE
                            && summary.streams().stream().allMatch(s -> s.completed() == s.requests())
                    ? OK
                    : FAILURE;
        }
    }

    /**
     * The demo as a workload, which its results have a copy of.
     *
     * @param serviceNanos what a request of each stream takes alone; 0 if nobody knows yet
     */
    private Workload workload(Options options, List<Map<String, Object>> streams, long[] serviceNanos)
            throws IOException, WorkloadException {
        boolean simulated = bench.processingElements().stream()
                .anyMatch(pe -> pe.cycles().map(CycleCount::simulated).orElse(false));
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < streams.size(); i++) {
            // Each application gets the same share of the machine.
            double share = options.number("load") * bench.threadsAtWork() / streams.size();
            double affordable = serviceNanos[i] == 0 ? 1 : share / (serviceNanos[i] / 1e9);
            Map<String, Object> stream = Json.object(
                    "arrivals",
                    Json.object(
                            "process",
                            simulated ? "periodic" : "poisson",
                            "perSecond",
                            options.optionalNumber("rate").orElse(simulated ? SIMULATED_PER_SECOND : affordable)));
            stream.putAll(streams.get(i));
            all.add(stream);
        }
        Map<String, Object> workload = Json.object(
                "description",
                "What 'saguaro demo' ran",
                "seed",
                (long) options.number("seed"),
                "durationSeconds",
                options.number("seconds"),
                "warmUpRequests",
                WARM_UP_REQUESTS,
                "granularity",
                options.flag("layers") ? "layer" : "segment",
                "streams",
                all);
        return WorkloadFile.parse(Json.text(workload) + "\n", "demo", Path.of("/"));
    }

    private static void report(RunSummary summary, Targets targets, PrintStream out) {
        out.println();
        out.print(predictions(summary));
        out.println();
        out.print(SummaryText.of(summary));
        out.println();
        out.println("Placement");
        List<Target> all = targets.all();
        for (int i = 0; i < all.size(); i++) {
            if (!all.get(i).placement().isEmpty()) {
                out.println("  " + summary.streams().get(i).name() + ": "
                        + all.get(i).placement());
            }
        }
    }

    private static Table predictions(RunSummary summary) {
        Table table = new Table()
                .column("application")
                .column("prediction")
                .column("truth")
                .column("");
        for (RunSummary.StreamSummary stream : summary.streams()) {
            for (Judge.Verdict verdict : stream.firstVerdicts().stream()
                    .limit(summary.streams().size() > FEW ? PREDICTIONS_SHOWN_OF_MANY : PREDICTIONS_SHOWN)
                    .toList()) {
                boolean right = verdict.right() == verdict.of();
                table.row(stream.name(), verdict.prediction(), verdict.truth(), right ? "" : "wrong");
            }
        }
        return table;
    }
}
