// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.application.LayerApplications;
import org.saguaro.experiments.application.Target;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.run.LiveRun;
import org.saguaro.experiments.run.RunFolder;
import org.saguaro.experiments.run.RunSummary;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.progress.Progress;
import org.saguaro.formats.text.Figures;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.Options;
import org.saguaro.launcher.command.PolicySwitch;
import org.saguaro.launcher.command.Readiness;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.layers.Layers;

/** What commands that run workloads on the real processing elements have in common. */
@Component(service = LiveBench.class)
public final class LiveBench {

    private static final String PID = "org.saguaro.runtime.core";
    private static final int TENANT_BOUND = 1024;
    private static final long TENANT_POLL_MILLIS = 1;
    private static final long TENANT_POLLS = 10_000;

    private final SaguaroRuntime runtime;
    private final Monitor monitor;
    private final Layers layers;
    private final LayerApplications applications;
    private final ConfigurationAdmin configurations;
    private final Provisioning provisioning;
    private final Readiness readiness;

    @Activate
    public LiveBench(
            @Reference SaguaroRuntime runtime,
            @Reference Monitor monitor,
            @Reference Layers layers,
            @Reference LayerApplications applications,
            @Reference ConfigurationAdmin configurations,
            @Reference Provisioning provisioning,
            @Reference Readiness readiness) {
        this.provisioning = provisioning;
        this.readiness = readiness;
        this.runtime = runtime;
        this.monitor = monitor;
        this.layers = layers;
        this.applications = applications;
        this.configurations = configurations;
    }

    SaguaroRuntime runtime() {
        return runtime;
    }

    Monitor monitor() {
        return monitor;
    }

    /** Names of the installed applications on the Layer API. */
    public List<String> applicationNames() {
        return applications.names();
    }

    /** Waits for processing elements, and takes the policy that was asked for. */
    public void prepare(Options options) throws CommandException, IOException, InterruptedException {
        readiness.await();
        if (options.optionalText("policy").isPresent()) {
            usePolicy(options.optionalText("policy").get());
        }
    }

    /** Keeps the cores in the shape that they have, so that what is measured is of the PEs that are simulated. */
    void holdShape() {
        provisioning.freeze("a simulation goes by what is measured now");
    }

    /** Switches the scheduling policy. */
    void usePolicy(String name) throws CommandException, IOException, InterruptedException {
        new PolicySwitch(runtime, configurations).use(name);
    }

    /** Name of the policy in use. */
    public String policy() {
        return new PolicySwitch(runtime, configurations).active();
    }

    /** Deploys what a workload runs, and says so. The caller closes it. */
    public Targets open(Workload workload, PrintStream out)
            throws IOException, WorkloadException, ModelFormatException, DeploymentException, InterruptedException,
                    CommandException {
        configureTenants(workload);
        out.println("Deploying on " + processingElementNames() + ":");
        return Targets.open(workload, runtime, layers, applications, (target, nanos) -> made(target, nanos, out));
    }

    /** As {@link #open}, for what is not there yet. */
    public void add(Targets targets, Workload workload, PrintStream out)
            throws IOException, WorkloadException, ModelFormatException, DeploymentException, InterruptedException {
        targets.add(workload, runtime, layers, applications, (target, nanos) -> made(target, nanos, out));
    }

    private static void made(Target target, long nanos, PrintStream out) {
        out.println("  " + target.title() + ": " + target.contents() + " in " + Figures.duration(nanos));
        out.flush();
    }

    /** Serves a workload into a folder. */
    public RunSummary serve(
            Workload workload, Targets targets, double scale, Path output, RunFolder.Limits limits, PrintStream err)
            throws IOException, WorkloadException {
        try (RunFolder folder = new RunFolder(output, workload, limits);
                Progress progress = Progress.start("serving", (long) (workload.durationSeconds() * 1e3), err)) {
            return new LiveRun(runtime, monitor).run(workload, targets, scale, folder, progress);
        }
    }

    /** All there are, as they are now. */
    public List<PeStatus> processingElements() {
        return runtime.processingElements();
    }

    private String processingElementNames() {
        return runtime.processingElements().stream()
                .map(pe -> pe.descriptor().id() + (pe.state() == PeStatus.State.PARKED ? " (parked)" : ""))
                .collect(Collectors.joining(", "));
    }

    /** Threads of the PEs that get tasks: parked ones are other shapes of the same hardware. */
    public int threadsAtWork() {
        return runtime.processingElements().stream()
                .filter(pe -> pe.state() == PeStatus.State.ACTIVE)
                .mapToInt(pe -> pe.descriptor().threads())
                .sum();
    }

    /** Shares are configuration; the workload's are added to those that are there, and replace those of the same names. */
    private void configureTenants(Workload workload) throws IOException, InterruptedException, CommandException {
        Map<String, Double> weights = new HashMap<>(workload.tenantWeights());
        weights.values().removeIf(weight -> weight == 1);
        if (weights.isEmpty()) {
            return;
        }
        Configuration configuration = configurations.getConfiguration(PID, "?");
        Map<String, Object> properties = new HashMap<>();
        if (configuration.getProperties() != null) {
            properties.putAll(FrameworkUtil.asMap(configuration.getProperties()));
        }
        List<String> rules = new ArrayList<>();
        if (properties.get("tenants") instanceof String[] known) {
            for (String rule : known) {
                if (weights.keySet().stream().noneMatch(name -> rule.strip().startsWith(name + ":"))) {
                    rules.add(rule);
                }
            }
        }
        weights.forEach((name, weight) -> rules.add(name + ":" + weight + ":" + TENANT_BOUND));
        properties.put("tenants", rules.toArray(String[]::new));
        configuration.update(FrameworkUtil.asDictionary(properties));
        for (long poll = 0; poll < TENANT_POLLS; poll++) {
            Map<String, Double> now = new HashMap<>();
            runtime.tenants().forEach(tenant -> now.put(tenant.name(), tenant.weight()));
            if (weights.entrySet().stream().allMatch(wanted -> wanted.getValue().equals(now.get(wanted.getKey())))) {
                return;
            }
            Thread.sleep(TENANT_POLL_MILLIS);
        }
        throw new CommandException(
                "the tenants' weights " + weights + " are not in use after some seconds; see the log");
    }
}
