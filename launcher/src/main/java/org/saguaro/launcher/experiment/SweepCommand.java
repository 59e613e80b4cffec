// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.sweep.Sweep;
import org.saguaro.experiments.sweep.SweepTasks;
import org.saguaro.formats.text.Figures;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;

/** {@code saguaro sweep}: a design space in the simulator. */
@Component(service = ToIntFunction.class, property = "saguaro.command=sweep")
public final class SweepCommand extends LauncherCommand {

    private final Policies policies;

    @Activate
    public SweepCommand(@Reference Policies policies) {
        this.policies = policies;
    }

    @Override
    protected int run(Options options) throws Exception {
        int jobs = (int) options.number("jobs");
        if (jobs < 1) {
            throw new CommandException("--jobs: found " + jobs + ", expected at least 1");
        }
        Path output = options.path("output");
        long began = System.nanoTime();
        Sweep.Outcome outcome = new Sweep(policies)
                .run(SweepTasks.read(options.path("file")), output, jobs, options.flag("restart"), options.err());
        PrintStream out = options.out();
        if (outcome.found() > 0) {
            out.println(outcome.found() + " of " + outcome.points() + " points were there already");
        }
        out.println(outcome.simulated() + " points in " + Figures.duration(System.nanoTime() - began));
        outcome.failures().forEach(failure -> options.err().println("saguaro: " + failure));
        if (outcome.interrupted()) {
            options.err()
                    .println("saguaro: interrupted with " + (outcome.found() + outcome.simulated()) + " of "
                            + outcome.points() + " points in " + output + "; the same command goes on from there");
            return FAILURE;
        }
        out.println();
        out.print(outcome.summary().text());
        out.println();
        out.println("Results: " + output.resolve("results.csv"));
        out.println("Page: " + output.resolve("index.html"));
        return outcome.isComplete() ? OK : FAILURE;
    }
}
