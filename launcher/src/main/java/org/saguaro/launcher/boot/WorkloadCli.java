// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code saguaro workload}. */
@Command(
        name = "workload",
        description = "Runs a workload on the processing elements and writes down what came of it.",
        footer = {
            "",
            "docs/workloads.md explains the file and the results: summary.txt, summary.json, requests.csv, scheduling.csv,",
            "gantt.html, trace.json (for ui.perfetto.dev) and a copy of the workload. Ctrl-C ends it with what there is.",
            "Exit code 1 if a request failed, or it was interrupted; refused and late ones are results."
        })
final class WorkloadCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Mixin
    private RunOptions run = new RunOptions();

    @Option(names = "--policy", paramLabel = "P", description = "Scheduling policy (default: the configured one).")
    private @Nullable String policy;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "saguaro-workload",
            description = "Where the results go; those of an earlier run are replaced (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("saguaro-workload");

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = run.toMap();
        options.put("output", CommandTree.absolute(output));
        if (policy != null) {
            options.put("policy", policy);
        }
        return tree.runOrderly("workload", options);
    }
}
