// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.figure.PublishedFigures;
import org.saguaro.formats.text.Figures;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.LauncherCommand;
import org.saguaro.launcher.command.Options;

/** {@code saguaro experiment}: the published experiments in the simulator. */
@Component(service = ToIntFunction.class, property = "saguaro.command=experiment")
public final class ExperimentCommand extends LauncherCommand {

    private static final String ALL = "all";

    private final Policies policies;

    @Activate
    public ExperimentCommand(@Reference Policies policies) {
        this.policies = policies;
    }

    @Override
    protected int run(Options options) throws Exception {
        List<String> names = names(options);
        Path output = options.path("output");
        PrintStream out = options.out();
        long began = System.nanoTime();
        PublishedFigures.Outcome outcome = PublishedFigures.make(
                names, options.optionalText("pool").orElse("zcu102"), policies, output, options.err());
        out.println(outcome.figures() + " of " + names.size() + " figures in "
                + Figures.duration(System.nanoTime() - began) + ", " + outcome.met() + " of " + outcome.criteria()
                + " shape criteria met");
        Path page = output.resolve(PublishedFigures.PAGE);
        if (Files.exists(page)) {
            out.println("Page: " + page);
        }
        return outcome.complete() ? OK : FAILURE;
    }

    private static List<String> names(Options options) throws CommandException {
        Set<String> names = new LinkedHashSet<>();
        for (String name : options.texts("names")) {
            if (name.equals(ALL)) {
                names.addAll(PublishedFigures.names());
            } else if (PublishedFigures.names().contains(name)) {
                names.add(name);
            } else {
                throw new CommandException("no experiment '" + name + "'; there are: "
                        + String.join(", ", PublishedFigures.names()) + ", " + ALL);
            }
        }
        return new ArrayList<>(names);
    }
}
