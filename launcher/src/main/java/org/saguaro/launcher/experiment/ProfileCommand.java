// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.profile.ProfileFile;
import org.saguaro.experiments.profile.RandomInputs;
import org.saguaro.experiments.workload.ArrivalProcess;
import org.saguaro.experiments.workload.Source;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.ModelName;
import org.saguaro.launcher.command.Options;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** {@code saguaro profile}: what applications consist of and take. */
@Component(service = ToIntFunction.class, property = "saguaro.command=profile")
public final class ProfileCommand extends LauncherCommand {

    private final LiveBench bench;

    @Activate
    public ProfileCommand(@Reference LiveBench bench) {
        this.bench = bench;
    }

    @Override
    protected int run(Options options) throws Exception {
        PrintStream out = options.out();
        int runs = (int) options.number("runs");
        if (runs < 1) {
            throw new CommandException("--runs: found " + runs + ", expected 1 or more");
        }
        Granularity granularity = options.flag("layers") ? Granularity.LAYER : Granularity.SEGMENT;
        bench.prepare(new Options(Map.of()));
        List<ApplicationProfile> profiles = new ArrayList<>();
        for (String application : options.texts("applications")) {
            Path path = Path.of(application);
            boolean isModel = path.isAbsolute() && !Files.isDirectory(path);
            ApplicationProfile profile =
                    isModel ? model(path, granularity, runs) : application(application, path, granularity, runs, out);
            if (profiles.stream().anyMatch(known -> known.name().equals(profile.name()))) {
                throw new CommandException(
                        application + ": there is an application '" + profile.name() + "' before it already");
            }
            profiles.add(profile);
        }
        ProfileFile.write(options.path("output"), profiles);
        out.print(table(profiles));
        out.println("Profiles: " + options.path("output"));
        return OK;
    }

    private ApplicationProfile application(String name, Path path, Granularity granularity, int runs, PrintStream out)
            throws Exception {
        boolean folder = path.isAbsolute();
        String title = folder ? String.valueOf(path.getFileName()) : name;
        Stream stream = new Stream(
                title,
                folder ? new Source.Example(path) : new Source.Application(name),
                new ArrivalProcess.AtOnce(),
                OptionalLong.of(runs),
                RequestOptions.DEFAULT,
                1);
        Workload workload =
                new Workload("profile", "{}", 1, 1, OptionalDouble.empty(), runs, granularity, List.of(stream));
        try (Targets targets = bench.open(workload, out)) {
            targets.warmUp(workload, runs, target -> {});
            ApplicationProfile profile = targets.of(stream).profile();
            return new ApplicationProfile(title, profile.inputBits(), profile.kernels(), profile.tasks());
        }
    }

    private ApplicationProfile model(Path file, Granularity granularity, int runs) throws Exception {
        LayerGraph graph = bench.runtime().read(file);
        List<Tensor> inputs;
        try {
            inputs = RandomInputs.of(graph, 1);
        } catch (IllegalArgumentException e) {
            throw new CommandException(file + ": " + e.getMessage());
        }
        String name = ModelName.of(file);
        try (Deployment deployment =
                bench.runtime().deploy(graph, new DeployOptions(name, granularity).withSamples(inputs))) {
            for (int i = 0; i < runs; i++) {
                deployment.infer(inputs);
            }
            return deployment.profile();
        }
    }

    private static Table table(List<ApplicationProfile> profiles) {
        Table table = new Table()
                .column("application")
                .figures("tasks")
                .figures("kernels")
                .figures("input bits")
                .figures("MFLOP")
                .column("all kernels after each other");
        for (ApplicationProfile profile : profiles) {
            double operations = 0;
            double nanos = 0;
            for (TaskProfile task : profile.tasks()) {
                if (task.kernel() != TaskProfile.NO_KERNEL) {
                    KernelProfile kernel = profile.kernels().get(task.kernel());
                    operations += kernel.operations();
                    nanos += kernel.measured().stream()
                            .mapToDouble(KernelProfile.Cost::meanNanos)
                            .min()
                            .orElse(0);
                }
            }
            table.row(
                    profile.name(),
                    profile.tasks().size(),
                    profile.kernels().size(),
                    Figures.count(profile.inputBits()),
                    Figures.threeDigits(operations / 1e6),
                    Figures.duration(Math.round(nanos)));
        }
        return table;
    }
}
