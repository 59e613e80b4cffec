// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.demo;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.formats.trace.ChromeTrace;
import org.saguaro.formats.trace.GanttChart;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;
import org.saguaro.launcher.command.Readiness;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;

/** {@code saguaro demo}: several applications share the processing elements while requests arrive on their own. */
@Component(service = ToIntFunction.class, property = "saguaro.command=demo")
public final class DemoCommand extends LauncherCommand {

    private static final int PREDICTIONS_SHOWN = 4;
    private static final int WARM_UP_REQUESTS = 100;

    private final SaguaroRuntime runtime;

    @Activate
    public DemoCommand(@Reference SaguaroRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    protected int run(Options options) throws Exception {
        Readiness.awaitProcessingElement(runtime);
        PrintStream out = options.out();
        List<Application> applications = Application.all(options.path("examples"));
        Granularity granularity = options.flag("layers") ? Granularity.LAYER : Granularity.SEGMENT;
        List<Deployment> deployments = new ArrayList<>();
        try {
            out.println("Deploying on " + processingElements() + ":");
            for (Application application : applications) {
                deployments.add(deploy(application, granularity, out));
            }
            double[] serviceSeconds = warmUp(applications, deployments);
            Traffic.Outcome outcome = serve(options, applications, deployments, serviceSeconds, out);
            report(applications, deployments, outcome, out);
            write(options.path("output"), out);
            return outcome.failures().isEmpty() ? OK : failed(outcome, options.err());
        } finally {
            deployments.forEach(Deployment::close);
        }
    }

    private String processingElements() {
        return runtime.processingElements().stream()
                .map(pe -> pe.descriptor().id() + (pe.state() == PeStatus.State.PARKED ? " (parked)" : ""))
                .collect(Collectors.joining(", "));
    }

    private Deployment deploy(Application application, Granularity granularity, PrintStream out) throws Exception {
        long begin = System.nanoTime();
        Deployment deployment =
                runtime.deploy(runtime.read(application.model()), new DeployOptions(application.name(), granularity));
        out.println("  " + application.title() + ": "
                + deployment.model().layers().size() + " layers in " + Figures.duration(System.nanoTime() - begin));
        return deployment;
    }

    /** Runs each model alone, so that the JVM and the cost model have seen it; returns seconds per request, in the median. */
    private static double[] warmUp(List<Application> applications, List<Deployment> deployments) throws Exception {
        double[] seconds = new double[applications.size()];
        for (int i = 0; i < seconds.length; i++) {
            List<Tensor> input = List.of(applications.get(i).samples().get(0));
            long[] nanos = new long[WARM_UP_REQUESTS];
            for (int n = 0; n < nanos.length; n++) {
                nanos[n] = deployments.get(i).infer(input).latency().toNanos();
            }
            Arrays.sort(nanos);
            seconds[i] = nanos[nanos.length / 2] / 1e9;
        }
        return seconds;
    }

    private Traffic.Outcome serve(
            Options options,
            List<Application> applications,
            List<Deployment> deployments,
            double[] serviceSeconds,
            PrintStream out)
            throws InterruptedException {
        double seconds = options.number("seconds");
        double[] rates = new double[applications.size()];
        for (int i = 0; i < rates.length; i++) {
            // Each application gets the same share of the machine.
            double share = options.number("load") * threadsAtWork() / rates.length;
            rates[i] = options.optionalNumber("rate").orElse(share / serviceSeconds[i]);
        }
        List<Arrivals.Arrival> arrivals = Arrivals.plan(
                rates, applications.stream().mapToInt(a -> a.samples().size()).toArray(), seconds, (long)
                        options.number("seed"));
        out.println();
        out.println("Serving " + arrivals.size() + " requests that arrive within " + Figures.threeDigits(seconds)
                + " s (Poisson), policy " + policy() + " ...");
        out.flush();
        runtime.clearTrace();
        return Traffic.run(applications, deployments, arrivals);
    }

    /** Threads of the PEs that get tasks: parked ones are other shapes of the same hardware. */
    private int threadsAtWork() {
        return runtime.processingElements().stream()
                .filter(pe -> pe.state() == PeStatus.State.ACTIVE)
                .mapToInt(pe -> pe.descriptor().threads())
                .sum();
    }

    private String policy() {
        return runtime.policies().stream()
                .filter(PolicyStatus::active)
                .map(PolicyStatus::name)
                .findFirst()
                .orElse("none");
    }

    private void report(
            List<Application> applications, List<Deployment> deployments, Traffic.Outcome outcome, PrintStream out) {
        out.println();
        out.print(predictions(applications, outcome));
        out.println();
        out.print(applicationTable(applications, outcome));
        out.println();
        out.print(peTable(outcome));
        out.println();
        out.println("Placement");
        for (Deployment deployment : deployments) {
            out.println("  " + deployment.name() + ": " + deployment.placement().summary());
        }
    }

    private static Table predictions(List<Application> applications, Traffic.Outcome outcome) {
        Table table = new Table()
                .column("application")
                .column("prediction")
                .column("truth")
                .column("");
        for (int i = 0; i < applications.size(); i++) {
            int application = i;
            outcome.answers().stream()
                    .filter(answer -> answer.application() == application)
                    .limit(PREDICTIONS_SHOWN)
                    .forEach(answer -> table.row(
                            applications.get(application).name(),
                            answer.verdict().prediction(),
                            answer.verdict().truth(),
                            answer.verdict().right() == answer.verdict().of() ? "" : "wrong"));
        }
        return table;
    }

    private static Table applicationTable(List<Application> applications, Traffic.Outcome outcome) {
        Table table = new Table()
                .column("application")
                .figures("requests")
                .figures("per second")
                .figures("p50 ms")
                .figures("p90 ms")
                .figures("p99 ms")
                .figures("right")
                .column("");
        for (int i = 0; i < applications.size(); i++) {
            int application = i;
            List<Traffic.Answer> answers = outcome.answers().stream()
                    .filter(answer -> answer.application() == application)
                    .toList();
            long[] latencies = answers.stream()
                    .mapToLong(Traffic.Answer::latencyNanos)
                    .sorted()
                    .toArray();
            long right = answers.stream().mapToLong(a -> a.verdict().right()).sum();
            long of = answers.stream().mapToLong(a -> a.verdict().of()).sum();
            table.row(
                    applications.get(i).name(),
                    answers.size(),
                    Figures.threeDigits(answers.size() / (outcome.elapsedNanos() / 1e9)),
                    percentile(latencies, 0.5),
                    percentile(latencies, 0.9),
                    percentile(latencies, 0.99),
                    of == 0 ? "-" : Figures.percent((double) right / of),
                    applications.get(i).judge().metric());
        }
        return table;
    }

    private static String percentile(long[] sorted, double share) {
        return sorted.length == 0
                ? "-"
                : Figures.millis(sorted[
                        (int) Math.min(sorted.length - 1L, (long) Math.ceil(share * sorted.length) - 1)]);
    }

    /** From the trace, so that it tells of these seconds and not of the deployment before. */
    private Table peTable(Traffic.Outcome outcome) {
        Map<String, List<TaskRecord>> byPe = runtime.trace().stream().collect(Collectors.groupingBy(TaskRecord::peId));
        Table table = new Table()
                .column("processing element")
                .column("type")
                .figures("tasks")
                .figures("utilisation");
        for (PeStatus pe : runtime.processingElements()) {
            List<TaskRecord> tasks = byPe.getOrDefault(pe.descriptor().id(), List.of());
            long busy = tasks.stream()
                    .mapToLong(task -> task.finishedNanos() - task.startedNanos())
                    .sum();
            table.row(
                    pe.descriptor().id(),
                    pe.descriptor().type(),
                    tasks.size(),
                    Figures.percent((double) busy / outcome.elapsedNanos()));
        }
        return table;
    }

    private void write(Path folder, PrintStream out) throws IOException {
        List<TaskRecord> records = runtime.trace();
        Files.createDirectories(folder);
        Path chart = folder.resolve("gantt.html");
        Path trace = folder.resolve("trace.json");
        try (Writer writer = Files.newBufferedWriter(chart, StandardCharsets.UTF_8)) {
            GanttChart.write("Saguaro demo: what ran where", records, writer);
        }
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(trace))) {
            ChromeTrace.write(records, stream);
        }
        out.println();
        out.println("Gantt chart: " + chart);
        out.println("Trace for ui.perfetto.dev: " + trace);
    }

    private static int failed(Traffic.Outcome outcome, PrintStream err) {
        Map<String, Long> counts =
                outcome.failures().stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        counts.forEach((reason, count) -> err.println("saguaro: " + count + " requests failed: " + reason));
        return FAILURE;
    }
}
