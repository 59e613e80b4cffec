// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code saguaro experiment}. */
@Command(
        name = "experiment",
        description = "Reruns the published experiments in the simulator and lays ours beside theirs.",
        footer = {
            "",
            "fig-a: one object detection by pool and heuristic; fig-b: time per instance by how many there are;",
            "fig-c: mean execution time by injection rate; fig-d: a Gantt chart of ten seconds;",
            "accelerators: 0 to 8 accelerators under every policy that goes by costs; all: these five.",
            "Writes index.html, tables (CSV) and plots (SVG, PNG) to --output. Runs on all cores; Ctrl-C leaves the figures",
            "that are finished. docs/experiments.md says what is simulated and how to define an experiment of your own."
        })
final class ExperimentCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Parameters(paramLabel = "WHAT", arity = "1..*", description = "fig-a, fig-b, fig-c, fig-d, accelerators, or all.")
    private List<String> names = List.of();

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            defaultValue = "zcu102",
            description = "The platform: one that comes with Saguaro, or a file; it needs PEs C, F, V and Z"
                    + " (default: ${DEFAULT-VALUE}).")
    private String pool = "zcu102";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "saguaro-experiment",
            description = "Where the results go; those of an earlier run are replaced (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("saguaro-experiment");

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("names", List.copyOf(names));
        options.put("pool", pool);
        options.put("output", CommandTree.absolute(output));
        return tree.runOrderly("experiment", options);
    }
}
