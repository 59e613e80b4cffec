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

    @Parameters(paramLabel = "FILE", description = "The workload, JSON.")
    private Path file = Path.of("");

    @Option(names = "--policy", paramLabel = "P", description = "Scheduling policy (default: the configured one).")
    private @Nullable String policy;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "saguaro-workload",
            description = "Where the results go; those of an earlier run are replaced (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("saguaro-workload");

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long requests arrive, instead of the file's durationSeconds.")
    private @Nullable Double seconds;

    @Option(
            names = "--scale-rate",
            paramLabel = "X",
            defaultValue = "1",
            description = "All rates times that; recorded arrivals go as much faster (default: ${DEFAULT-VALUE}).")
    private double scaleRate;

    @Option(names = "--seed", paramLabel = "N", description = "Instead of the file's.")
    private @Nullable Long seed;

    @Option(
            names = "--trace-seconds",
            paramLabel = "N",
            defaultValue = "10",
            description = "Tasks of so many seconds are in traces and chart (default: ${DEFAULT-VALUE}).")
    private double traceSeconds;

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("file", CommandTree.absolute(file));
        options.put("output", CommandTree.absolute(output));
        options.put("scaleRate", scaleRate);
        options.put("traceSeconds", traceSeconds);
        if (seconds != null) {
            options.put("seconds", seconds);
        }
        if (seed != null) {
            options.put("seed", seed);
        }
        if (policy != null) {
            options.put("policy", policy);
        }
        return tree.runOrderly("workload", options);
    }
}
