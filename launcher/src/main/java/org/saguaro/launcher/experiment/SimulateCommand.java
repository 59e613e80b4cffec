// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.profile.ProfileException;
import org.saguaro.experiments.profile.ProfileFile;
import org.saguaro.experiments.run.LivePool;
import org.saguaro.experiments.run.RunFolder;
import org.saguaro.experiments.run.RunSummary;
import org.saguaro.experiments.run.SimulatedRun;
import org.saguaro.experiments.run.SummaryText;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.progress.Progress;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Pool;

/** {@code saguaro simulate}: a workload in the simulator. */
@Component(service = ToIntFunction.class, property = "saguaro.command=simulate")
public final class SimulateCommand extends LauncherCommand {

    private final LiveBench bench;
    private final Policies policies;

    @Activate
    public SimulateCommand(@Reference LiveBench bench, @Reference Policies policies) {
        this.bench = bench;
        this.policies = policies;
    }

    @Override
    protected int run(Options options) throws Exception {
        Workload workload = WorkloadOptions.workload(options);
        double scale = WorkloadOptions.scale(options);
        RunFolder.Limits limits = WorkloadOptions.limits(options);
        PrintStream out = options.out();
        bench.prepare(new Options(Map.of()));
        bench.holdShape();
        List<String> names = policyNames(options);
        List<ApplicationProfile> profiles = options.optionalPath("profiles").isPresent()
                ? profiles(workload, options.optionalPath("profiles").get())
                : profiles(workload, out);
        Pool pool = pool(options);
        SimulatedRun run = new SimulatedRun(workload, profiles, pool);
        Path output = options.path("output");
        Map<String, RunSummary> summaries = new LinkedHashMap<>();
        for (String name : names) {
            Path folder = names.size() == 1 ? output : output.resolve(name);
            RunSummary summary = simulate(run, workload, name, scale, folder, limits, options.err());
            summaries.put(name, summary);
            out.println();
            out.print(SummaryText.of(summary));
            out.println("Results: " + folder);
            out.flush();
            if (summary.status() == RunSummary.Status.INTERRUPTED) {
                return FAILURE;
            }
        }
        if (summaries.size() > 1) {
            out.println();
            out.print(comparison(summaries));
        }
        return OK;
    }

    private RunSummary simulate(
            SimulatedRun run,
            Workload workload,
            String policy,
            double scale,
            Path output,
            RunFolder.Limits limits,
            PrintStream err)
            throws IOException, WorkloadException {
        try (Policies.Lease lease = policies.create(policy);
                RunFolder folder = new RunFolder(output, workload, limits);
                Progress progress = Progress.start("simulating", (long) (workload.durationSeconds() * 1e3), err)) {
            return run.run(policy, lease.policy(), scale, folder, progress);
        }
    }

    private List<String> policyNames(Options options) throws CommandException {
        List<String> names =
                List.of(options.optionalText("policy").orElse(bench.policy()).split(",", -1));
        for (String name : names) {
            if (!policies.names().contains(name)) {
                throw new CommandException(
                        "no policy '" + name + "'; there are: " + String.join(", ", policies.names()));
            }
        }
        return names;
    }

    /** From runs of each application alone, after which all its kernels have been measured. */
    private List<ApplicationProfile> profiles(Workload workload, PrintStream out) throws Exception {
        try (Targets targets = bench.open(workload, out)) {
            targets.warmUp(workload, Math.max(1, workload.warmUpRequests()), target -> {});
            List<ApplicationProfile> profiles = new ArrayList<>();
            for (Stream stream : workload.streams()) {
                ApplicationProfile profile = targets.of(stream).profile();
                profiles.add(
                        new ApplicationProfile(stream.name(), profile.inputBits(), profile.kernels(), profile.tasks()));
            }
            return profiles;
        }
    }

    /** From a file: a stream's is that of its name, or else that of its application's. */
    private static List<ApplicationProfile> profiles(Workload workload, Path file)
            throws IOException, ProfileException, CommandException {
        Map<String, ApplicationProfile> byName = new LinkedHashMap<>();
        ProfileFile.read(file).forEach(profile -> byName.put(profile.name(), profile));
        List<ApplicationProfile> profiles = new ArrayList<>();
        for (Stream stream : workload.streams()) {
            String application = stream.source().name();
            ApplicationProfile profile =
                    byName.containsKey(stream.name()) ? byName.get(stream.name()) : byName.get(application);
            if (profile == null) {
                throw new CommandException(file + ": found no profile '" + stream.name() + "' and none '"
                        + application + "', expected one of stream " + stream.name() + "; there are "
                        + String.join(", ", byName.keySet()));
            }
            profiles.add(
                    new ApplicationProfile(stream.name(), profile.inputBits(), profile.kernels(), profile.tasks()));
        }
        return profiles;
    }

    private Pool pool(Options options) throws IOException, PoolException {
        String text = options.optionalText("pool").orElse("");
        if (text.isEmpty()) {
            return LivePool.of(bench.runtime(), bench.monitor().snapshot().scheduling());
        }
        return Pools.named(text);
    }

    private static Table comparison(Map<String, RunSummary> summaries) {
        Table table = new Table()
                .column("policy")
                .figures("makespan s")
                .figures("mean ms")
                .figures("late");
        summaries.forEach((policy, summary) -> {
            long completed = summary.streams().stream()
                    .mapToLong(RunSummary.StreamSummary::completed)
                    .sum();
            double total = summary.streams().stream()
                    .mapToDouble(stream -> stream.meanNanos() * stream.completed())
                    .sum();
            table.row(
                    policy,
                    Figures.threeDigits(summary.elapsedNanos() / 1e9),
                    completed == 0 ? "-" : Figures.threeDigits(total / completed / 1e6),
                    summary.streams().stream()
                            .mapToLong(stream -> stream.late() + stream.missedDeadline())
                            .sum());
        });
        return table;
    }
}
