// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code saguaro whatif}. */
@Command(
        name = "whatif",
        description = "Replays a recorded run in the simulator under other policies, or on other processing elements.",
        footer = {
            "",
            "'saguaro shell trace --save FILE' records a live system. The first rows are the run as it was and its replay",
            "under its own policy: how far these are apart, the simulator is from reality. docs/whatif.md explains it."
        })
final class WhatIfCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Parameters(paramLabel = "TRACE", description = "The recorded run.")
    private Path trace = Path.of("");

    @Option(
            names = "--policy",
            paramLabel = "P,...",
            description = "Scheduling policies, one replay each (default: the recorded one alone).")
    private @Nullable String policy;

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description =
                    "A file of processing elements, or one that comes with Saguaro such as zcu102; :C3+F1 behind it is a"
                            + " composition (default: the recorded ones with the times recorded).")
    private @Nullable String pool;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Write the table as CSV and a Gantt chart of each run there.")
    private @Nullable Path output;

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("trace", CommandTree.absolute(trace));
        if (policy != null) {
            options.put("policy", policy);
        }
        if (pool != null) {
            options.put("pool", pool);
        }
        if (output != null) {
            options.put("output", CommandTree.absolute(output));
        }
        return tree.runOrderly("whatif", options);
    }
}
