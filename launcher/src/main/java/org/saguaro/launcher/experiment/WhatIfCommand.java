// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.trace.WhatIf;
import org.saguaro.experiments.trace.WhatIfReport;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;
import org.saguaro.runtime.core.simulation.Pool;

/** {@code saguaro whatif}: a recorded run in the simulator. */
@Component(service = ToIntFunction.class, property = "saguaro.command=whatif")
public final class WhatIfCommand extends LauncherCommand {

    private final Policies policies;

    @Activate
    public WhatIfCommand(@Reference Policies policies) {
        this.policies = policies;
    }

    @Override
    protected int run(Options options) throws Exception {
        PrintStream out = options.out();
        Path file = options.path("trace");
        RunTrace trace = RunTrace.read(file);
        WhatIf whatIf = whatIf(file, trace);
        String own = trace.header().policy();
        Set<String> names = new LinkedHashSet<>();
        // Its own first: it shows how far the simulator is from reality.
        if (policies.names().contains(own)) {
            names.add(own);
        } else {
            out.println("The run's own policy, " + own
                    + ", is not installed: nothing shows how far the simulator is from it.");
        }
        options.optionalText("policy").ifPresent(text -> names.addAll(List.of(text.split(",", -1))));
        for (String name : names) {
            if (!policies.names().contains(name)) {
                throw new CommandException(
                        "no policy '" + name + "'; there are: " + String.join(", ", policies.names()));
            }
        }
        Optional<Pool> pool = pool(options);
        describe(trace, whatIf, out);
        List<WhatIf.Run> runs = new ArrayList<>(List.of(whatIf.recorded()));
        if (pool.isPresent() && names.contains(own)) {
            runs.add(replay(whatIf, own, Optional.empty()));
        }
        for (String name : names) {
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
            runs.add(replay(whatIf, name, pool));
        }
        out.println();
        out.print(WhatIfReport.table(runs));
        out.println();
        WhatIf.Run recorded = runs.get(0);
        if (names.contains(own)) {
            out.println("The simulator against what was recorded: " + WhatIfReport.difference(runs.get(1), recorded));
        }
        for (WhatIf.Run run : runs.subList(names.contains(own) ? 2 : 1, runs.size())) {
            WhatIf.Run from = names.contains(own) ? runs.get(1) : recorded;
            out.println(run.policy() + " on " + run.pool() + " against "
                    + (from.run().equals("recorded") ? "what was recorded: " : "that replay: ")
                    + WhatIfReport.difference(run, from));
        }
        Optional<Path> folder = options.optionalPath("output");
        if (folder.isPresent()) {
            WhatIfReport.write(folder.get(), runs);
            out.println("Results: " + folder.get());
        }
        return Thread.interrupted() ? FAILURE : OK;
    }

    private static WhatIf whatIf(Path file, RunTrace trace) throws CommandException {
        try {
            return new WhatIf(trace);
        } catch (IllegalArgumentException e) {
            throw new CommandException(file + ": " + e.getMessage());
        }
    }

    private WhatIf.Run replay(WhatIf whatIf, String name, Optional<Pool> pool) throws CommandException {
        try (Policies.Lease lease = policies.create(name)) {
            return whatIf.replayed(name, lease.policy(), pool);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new CommandException(name + ": " + e.getMessage());
        }
    }

    private static Optional<Pool> pool(Options options) throws IOException, PoolException {
        Optional<String> text = options.optionalText("pool");
        return text.isEmpty() ? Optional.empty() : Optional.of(Pools.named(text.get()));
    }

    private static void describe(RunTrace trace, WhatIf whatIf, PrintStream out) {
        out.println("Recorded " + trace.header().recorded() + " under "
                + trace.header().policy() + " on "
                + trace.header().pes().size() + " processing elements: "
                + trace.requests().size() + " requests of " + trace.profiles().size() + " applications, "
                + trace.tasks().size() + " tasks");
        if (!trace.complete()) {
            out.println("  The trace was cut: what ended later is missing.");
        }
        trace.header().notes().forEach(note -> out.println("  " + note));
        if (whatIf.leftOut() > 0) {
            out.println("  " + whatIf.leftOut() + " requests without a result are not replayed.");
        }
        if (whatIf.drawnRequests() > 0) {
            out.println(
                    "  Of " + whatIf.drawnRequests()
                            + " requests the trace has not every task: what these take is drawn, as the kernels took in the mean.");
        }
    }
}
