// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.trace.SystemTrace;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.formats.trace.ChromeTrace;
import org.saguaro.formats.trace.GanttChart;
import org.saguaro.launcher.command.ArrayFiles;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.CycleTable;
import org.saguaro.launcher.command.ModelName;
import org.saguaro.launcher.command.OutputText;
import org.saguaro.launcher.command.PolicySwitch;
import org.saguaro.launcher.command.PrecisionOption;
import org.saguaro.launcher.placement.PlacementJson;
import org.saguaro.launcher.placement.PlacementPage;
import org.saguaro.launcher.placement.PlacementText;
import org.saguaro.launcher.platform.UnavailableDevices;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;

/**
 * The shell's commands on the runtime. A method is a command; its annotations are its help. Runs on the session's threads and
 * prints to {@code System.out}, which Gogo gives to the session or the next command of a pipe.
 */
@Component(
        service = SaguaroCommands.class,
        property = {
            "osgi.command.scope=saguaro",
            "osgi.command.function=deploy",
            "osgi.command.function=undeploy",
            "osgi.command.function=reset",
            "osgi.command.function=deployments",
            "osgi.command.function=infer",
            "osgi.command.function=pes",
            "osgi.command.function=policies",
            "osgi.command.function=policy",
            "osgi.command.function=placement",
            "osgi.command.function=trace",
            "osgi.command.function=stats",
            "osgi.command.function=status"
        })
public final class SaguaroCommands {

    private static final int TRACE_ROWS = 20;

    private final SaguaroRuntime runtime;
    private final PolicySwitch policySwitch;
    private final UnavailableDevices unavailable;

    @Activate
    public SaguaroCommands(
            @Reference SaguaroRuntime runtime,
            @Reference ConfigurationAdmin configurations,
            @Reference UnavailableDevices unavailable) {
        this.runtime = runtime;
        this.unavailable = unavailable;
        policySwitch = new PolicySwitch(runtime, configurations);
    }

    /** Reads and deploys a model. */
    @Descriptor("deploys a model")
    public void deploy(
            CommandSession session,
            @Descriptor("name of the deployment (default: that of the file's folder for model.pt2, else of the file)")
                    @Parameter(
                            names = {"-n", "--name"},
                            absentValue = "")
                    String name,
            @Descriptor("every layer is a task, instead of segments")
                    @Parameter(
                            names = {"-l", "--layers"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean layers,
            @Descriptor("how exact layers are at least: float32, int16, tf32, float16 or int8 (default: as configured)")
                    @Parameter(
                            names = {"-p", "--precision"},
                            absentValue = "")
                    String precision,
            @Descriptor(
                            "the model's file, then inputs of one request (.npy), to prepare the model for such sizes at once")
                    String... modelAndSamples)
            throws Exception {
        if (modelAndSamples.length == 0) {
            throw new CommandException("usage: deploy [--name NAME] [--layers] [--precision P] MODEL [X.npy...]");
        }
        Path file = session.currentDir().resolve(modelAndSamples[0]);
        List<Tensor> samples = arrays(session, modelAndSamples);
        DeployOptions options = PrecisionOption.in(
                new DeployOptions(
                        name.isEmpty() ? ModelName.of(file) : name,
                        layers ? DeployOptions.Granularity.LAYER : DeployOptions.Granularity.SEGMENT,
                        samples),
                precision);
        LayerGraph graph = runtime.read(file);
        long begin = System.nanoTime();
        Deployment deployment = runtime.deploy(graph, options);
        String took = Figures.duration(System.nanoTime() - begin);
        PlacementReport report = deployment.placement();
        System.out.println("deployed " + deployment.name() + " in " + took + ", " + report.tasks()
                + (report.tasks() == 1 ? " task: " : " tasks: ") + report.summary());
    }

    /** Takes a deployment out. */
    @Descriptor("undeploys a model when its requests in flight have ended")
    public void undeploy(@Descriptor("name of the deployment") String name) throws CommandException {
        deployment(name).close();
        System.out.println("undeployed " + name);
    }

    /** Lists deployments. */
    @Descriptor("lists what is deployed")
    public void deployments(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(runtime.deployments().stream()
                    .map(SaguaroCommands::deploymentJson)
                    .toList()));
            return;
        }
        Table table = new Table()
                .column("name")
                .column("inputs")
                .column("outputs")
                .figures("layers")
                .column("placement");
        for (Deployment deployment : runtime.deployments()) {
            LayerGraph model = deployment.model();
            table.row(
                    deployment.name(),
                    model.inputs().stream().map(id -> type(model, id)).collect(Collectors.joining(", ")),
                    outputs(model),
                    model.layers().size(),
                    deployment.placement().summary());
        }
        print(table, "nothing is deployed");
    }

    private static Object deploymentJson(Deployment deployment) {
        LayerGraph model = deployment.model();
        return Json.object(
                "name", deployment.name(),
                "inputs", model.inputs().stream().map(id -> type(model, id)).toList(),
                "outputs", outputs(model),
                "layers", model.layers().size(),
                "placement", deployment.placement().summary());
    }

    private static String outputs(LayerGraph model) {
        List<String> types = new ArrayList<>();
        model.outputs()
                .forEach(output -> org.saguaro.model.api.Layer.forEachRef(output, id -> types.add(type(model, id))));
        return String.join(", ", types);
    }

    private static String type(LayerGraph model, int value) {
        return model.value(value).type().toString();
    }

    /** Runs requests, one after the other. */
    @Descriptor("runs a request and prints its outputs")
    public void infer(
            CommandSession session,
            @Descriptor("folder to write the outputs to")
                    @Parameter(
                            names = {"-o", "--output"},
                            absentValue = "")
                    String output,
            @Descriptor("send the request so often, one after the other (default: 1)")
                    @Parameter(
                            names = {"-r", "--repeat"},
                            absentValue = "1")
                    int repeat,
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json,
            @Descriptor("name of the deployment, then the inputs' files (.npy)") String... nameAndInputs)
            throws Exception {
        if (nameAndInputs.length == 0 || repeat < 1) {
            throw new CommandException("usage: infer [--output DIR] [--repeat N] [--json] NAME X.npy...");
        }
        Deployment deployment = deployment(nameAndInputs[0]);
        List<Tensor> inputs = arrays(session, nameAndInputs);
        InferenceResult result = deployment.infer(inputs);
        long totalNanos = result.latency().toNanos();
        for (int i = 1; i < repeat; i++) {
            result = deployment.infer(inputs);
            totalNanos += result.latency().toNanos();
        }
        List<Path> files = output.isEmpty()
                ? List.of()
                : ArrayFiles.write(session.currentDir().resolve(output), result.outputs());
        print(result, totalNanos / repeat, repeat, files, json);
    }

    /** The arrays in the files after the first argument. */
    private static List<Tensor> arrays(CommandSession session, String[] arguments) throws Exception {
        return ArrayFiles.read(Arrays.stream(arguments)
                .skip(1)
                .map(file -> session.currentDir().resolve(file))
                .toList());
    }

    /** Lets a model forget. */
    @Descriptor("sets what a model remembers to what its file says, or as its own reset method does")
    public void reset(@Descriptor("name of the deployment") String name) throws Exception {
        deployment(name).reset();
        System.out.println("reset " + name);
    }

    private static void print(InferenceResult result, long meanNanos, int repeat, List<Path> files, boolean json) {
        if (json) {
            System.out.println(Json.text(Json.object(
                    "request", result.requestId(),
                    "requests", repeat,
                    "meanLatencyNanos", meanNanos,
                    "outputs", result.outputs().stream().map(OutputText::json).toList(),
                    "files", files.stream().map(Path::toString).toList())));
            return;
        }
        for (int i = 0; i < result.outputs().size(); i++) {
            System.out.println("output " + i + ": "
                    + OutputText.line(result.outputs().get(i)) + (files.isEmpty() ? "" : "  -> " + files.get(i)));
        }
        System.out.println(
                repeat == 1
                        ? "latency: " + Figures.duration(meanNanos)
                        : "mean latency of " + repeat + " requests: " + Figures.duration(meanNanos));
    }

    /** Lists PEs. */
    @Descriptor("lists the processing elements with their load since they came")
    public void pes(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(runtime.processingElements().stream()
                    .map(SaguaroCommands::peJson)
                    .toList()));
            return;
        }
        Table table = new Table()
                .column("id")
                .column("type")
                .column("memory")
                .column("state")
                .figures("queued")
                .figures("completed")
                .figures("failed")
                .figures("busy")
                .column("reason");
        for (PeStatus pe : runtime.processingElements()) {
            table.row(
                    pe.descriptor().id(),
                    pe.descriptor().type(),
                    pe.memorySpace(),
                    pe.state().name().toLowerCase(java.util.Locale.ROOT),
                    pe.queuedTasks(),
                    pe.completedTasks(),
                    pe.failedTasks(),
                    Figures.percent((double) pe.busyNanos() / Math.max(1, pe.presentNanos())),
                    pe.reason());
        }
        print(table, "no processing elements");
        CycleTable.text(runtime.processingElements()).ifPresent(text -> System.out.print("\n" + text));
        unavailable.lines().forEach(line -> System.out.println("not available: " + line));
    }

    private static Object peJson(PeStatus pe) {
        return Json.objectWithNulls(
                "id", pe.descriptor().id(),
                "type", pe.descriptor().type(),
                "threads", pe.descriptor().threads(),
                "memory", pe.memorySpace(),
                "state", pe.state().name(),
                "reason", pe.reason(),
                "queuedTasks", pe.queuedTasks(),
                "completedTasks", pe.completedTasks(),
                "failedTasks", pe.failedTasks(),
                "busyNanos", pe.busyNanos(),
                "presentNanos", pe.presentNanos(),
                "cycles", CycleTable.json(pe.cycles()));
    }

    /** Lists policies. */
    @Descriptor("lists the scheduling policies")
    public void policies(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(runtime.policies().stream()
                    .map(policy -> Json.object(
                            "name", policy.name(),
                            "provider", policy.provider(),
                            "preference", policy.preference(),
                            "active", policy.active()))
                    .toList()));
            return;
        }
        Table table =
                new Table().column("").column("name").figures("preference").column("from");
        for (PolicyStatus policy : runtime.policies()) {
            table.row(
                    policy.active() ? "*" : "",
                    policy.name(),
                    policy.preference() < 0 ? "-" : policy.preference() + 1,
                    policy.provider());
        }
        print(table, "no policies");
    }

    /** Says which policy is used. */
    @Descriptor("says which scheduling policy is used")
    public void policy() {
        System.out.println(policySwitch.active());
    }

    /** Switches to a policy. */
    @Descriptor("switches to a scheduling policy; requests go on")
    public void policy(@Descriptor("name of the policy") String name) throws Exception {
        long begin = System.nanoTime();
        String before = policySwitch.active();
        policySwitch.use(name);
        System.out.println(before + " -> " + name + " in " + Figures.duration(System.nanoTime() - begin));
    }

    /** Shows where layers ran. */
    @Descriptor("shows where the layers of a deployment run, and why not on an accelerator")
    public void placement(
            CommandSession session,
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json,
            @Descriptor("write a page to a file")
                    @Parameter(
                            names = {"-o", "--html"},
                            absentValue = "")
                    String html,
            @Descriptor("all columns, however wide")
                    @Parameter(
                            names = {"-w", "--wide"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean wide,
            @Descriptor("first measure how far accelerators' answers are from the CPU's, layer by layer")
                    @Parameter(
                            names = {"-e", "--errors"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean errors,
            @Descriptor("name of the deployment") String name)
            throws Exception {
        Deployment deployment = deployment(name);
        PlacementReport report = errors ? deployment.measureErrors() : deployment.placement();
        if (!html.isEmpty()) {
            Path file = session.currentDir().resolve(html).normalize();
            PlacementPage.write(report, file);
            System.out.println(name + ": " + report.summary() + " -> " + file);
        } else {
            System.out.print(json ? Json.text(PlacementJson.json(report)) + "\n" : PlacementText.text(report, wide));
        }
    }

    /** Shows or writes the trace. */
    @Descriptor("shows the last tasks, or writes the trace to a file")
    public void trace(
            CommandSession session,
            @Descriptor("FILE.html: a Gantt chart; FILE.json: for ui.perfetto.dev")
                    @Parameter(
                            names = {"-o", "--output"},
                            absentValue = "")
                    String output,
            @Descriptor("write the run to FILE, for 'saguaro whatif'")
                    @Parameter(
                            names = {"-s", "--save"},
                            absentValue = "")
                    String save,
            @Descriptor("forget the tasks so far, afterwards")
                    @Parameter(
                            names = {"-c", "--clear"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean clear,
            @Descriptor("print all tasks as JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json)
            throws Exception {
        List<TaskRecord> records = runtime.trace();
        if (!save.isEmpty()) {
            save(session.currentDir().resolve(save).normalize());
        } else if (!output.isEmpty()) {
            write(records, session.currentDir().resolve(output).normalize());
        } else if (json) {
            System.out.println(
                    Json.text(records.stream().map(SaguaroCommands::recordJson).toList()));
        } else {
            print(lastTasks(records), "no tasks have run");
        }
        if (clear) {
            runtime.clearTrace();
        }
    }

    private void save(Path file) throws IOException, CommandException {
        RunTrace trace;
        try {
            trace = SystemTrace.save(runtime, Instant.now(), file);
        } catch (IllegalStateException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        System.out.println(
                trace.requests().size() + " requests, " + trace.tasks().size() + " tasks -> " + file);
        trace.header().notes().forEach(note -> System.out.println("  " + note));
    }

    private static void write(List<TaskRecord> records, Path file) throws IOException, CommandException {
        String name = file.getFileName().toString();
        if (name.endsWith(".html")) {
            try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                GanttChart.write("Saguaro: what ran where", records, out);
            }
        } else if (name.endsWith(".json")) {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                ChromeTrace.write(records, out);
            }
        } else {
            throw new CommandException(
                    file + ": found another ending, expected .html (Gantt chart) or .json (Perfetto)");
        }
        System.out.println(records.size() + " tasks -> " + file);
    }

    private static Table lastTasks(List<TaskRecord> records) {
        Table table = new Table()
                .column("application")
                .figures("request")
                .column("layers")
                .column("on")
                .figures("started")
                .figures("waited")
                .figures("took")
                .column("");
        List<TaskRecord> last = records.subList(Math.max(0, records.size() - TRACE_ROWS), records.size());
        long begin = records.isEmpty() ? 0 : records.get(0).readyNanos();
        for (TaskRecord task : last) {
            table.row(
                    task.application(),
                    task.requestId(),
                    task.layers(),
                    task.peId(),
                    Figures.duration(Math.max(0, task.startedNanos() - begin)),
                    Figures.duration(Math.max(0, task.startedNanos() - task.readyNanos())),
                    Figures.duration(task.finishedNanos() - task.startedNanos()),
                    task.outcome() == TaskRecord.Outcome.COMPLETED
                            ? ""
                            : task.outcome().name().toLowerCase(java.util.Locale.ROOT));
        }
        return table;
    }

    private static Object recordJson(TaskRecord task) {
        return Json.object(
                "application", task.application(),
                "request", task.requestId(),
                "task", task.task(),
                "layers", task.layers(),
                "pe", task.peId(),
                "readyNanos", task.readyNanos(),
                "assignedNanos", task.assignedNanos(),
                "startedNanos", task.startedNanos(),
                "finishedNanos", task.finishedNanos(),
                "outcome", task.outcome().name());
    }

    /** Shows requests and latencies. */
    @Descriptor("shows requests and latencies per deployment")
    public void stats(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(runtime.statistics().stream()
                    .map(SaguaroCommands::statisticsJson)
                    .toList()));
            return;
        }
        Table table = new Table()
                .column("deployment")
                .figures("completed")
                .figures("failed")
                .figures("refused")
                .figures("in flight")
                .figures("mean ms")
                .figures("p50")
                .figures("p90")
                .figures("p99")
                .figures("max");
        for (DeploymentStatistics s : runtime.statistics()) {
            table.row(
                    s.name(),
                    s.completed(),
                    s.failed(),
                    s.rejected(),
                    s.inFlight(),
                    Figures.millis(s.latencyMeanNanos()),
                    Figures.millis(s.latencyP50Nanos()),
                    Figures.millis(s.latencyP90Nanos()),
                    Figures.millis(s.latencyP99Nanos()),
                    Figures.millis(s.latencyMaxNanos()));
        }
        print(table, "nothing is deployed");
    }

    /** Shows a part of what is known. */
    @Descriptor("stats costs: shows what the cost model knows; stats tenants: shows tenants")
    public void stats(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json,
            @Descriptor("costs or tenants") String part)
            throws CommandException {
        new StatsCommands(runtime).part(part, json);
    }

    private static Object statisticsJson(DeploymentStatistics s) {
        return Json.object(
                "deployment", s.name(),
                "submitted", s.submitted(),
                "completed", s.completed(),
                "failed", s.failed(),
                "rejected", s.rejected(),
                "inFlight", s.inFlight(),
                "latencyMeanNanos", s.latencyMeanNanos(),
                "latencyP50Nanos", s.latencyP50Nanos(),
                "latencyP90Nanos", s.latencyP90Nanos(),
                "latencyP99Nanos", s.latencyP99Nanos(),
                "latencyMaxNanos", s.latencyMaxNanos());
    }

    /** Says how Saguaro is. */
    @Descriptor("says how Saguaro is: process, processing elements, policy, deployments")
    public void status(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        long pid = ProcessHandle.current().pid();
        long uptimeMillis = ManagementFactory.getRuntimeMXBean().getUptime();
        if (json) {
            Map<String, Object> object = Json.object(
                    "running",
                    true,
                    "ready",
                    true,
                    "pid",
                    pid,
                    "uptimeMillis",
                    uptimeMillis,
                    "policy",
                    policySwitch.active(),
                    "processingElements",
                    runtime.processingElements().stream()
                            .map(SaguaroCommands::peJson)
                            .toList(),
                    "deployments",
                    runtime.statistics().stream()
                            .map(SaguaroCommands::statisticsJson)
                            .toList());
            System.out.println(Json.text(object));
            return;
        }
        System.out.println("Saguaro runs: pid " + pid + ", up "
                + Figures.duration(TimeUnit.MILLISECONDS.toNanos(uptimeMillis)) + ", policy "
                + policySwitch.active());
        System.out.println();
        pes(false);
        System.out.println();
        stats(false);
    }

    private Deployment deployment(String name) throws CommandException {
        return runtime.deployment(name)
                .orElseThrow(() -> new CommandException("nothing is deployed as '" + name + "'; deployed: "
                        + runtime.deployments().stream().map(Deployment::name).toList()));
    }

    private static void print(Table table, String ifEmpty) {
        System.out.print(table.isEmpty() ? ifEmpty + "\n" : table);
    }
}
