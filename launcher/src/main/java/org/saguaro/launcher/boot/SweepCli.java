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

/** {@code saguaro sweep}. */
@Command(
        name = "sweep",
        description = "Explores a design space in the simulator: pools, policies, rates and seeds.",
        footer = {
            "",
            "Writes results.csv (a row per point and application), summary.txt and summary.json (the best, the Pareto",
            "front), plots and index.html to --output. The same command goes on where an interrupted one ended.",
            "docs/sweeps.md explains the file and the results; examples/sweeps/ has some to start from."
        })
final class SweepCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Parameters(paramLabel = "FILE", description = "The sweep, JSON.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where the results go (default: saguaro-sweep-NAME, after the file's name).")
    private @Nullable Path output;

    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            description = "Simulations at a time (default: as many as cores). The results do not depend on it.")
    private @Nullable Integer jobs;

    @Option(names = "--restart", description = "Begin anew, even if the folder has points of this or another sweep.")
    private boolean restart;

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("file", CommandTree.absolute(file));
        options.put("output", CommandTree.absolute(output == null ? standardOutput() : output));
        options.put("jobs", jobs == null ? Runtime.getRuntime().availableProcessors() : jobs);
        options.put("restart", restart);
        return tree.runOrderly("sweep", options);
    }

    private Path standardOutput() {
        String name = String.valueOf(file.getFileName());
        return Path.of("saguaro-sweep-" + (name.endsWith(".json") ? name.substring(0, name.length() - 5) : name));
    }
}
