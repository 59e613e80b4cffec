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

/** {@code saguaro simulate}. */
@Command(
        name = "simulate",
        description = "Runs a workload in the simulator: same file, same results, virtual time.",
        footer = {
            "",
            "Without --profiles the applications run a few times on the processing elements that are there, and what that",
            "took is what the simulator goes by; without --pool it simulates these. Equal seeds give equal tables.",
            "docs/workloads.md explains the file and the results."
        })
final class SimulateCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Mixin
    private RunOptions run = new RunOptions();

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description =
                    "A file of processing elements, or one that comes with Saguaro such as zcu102; :C3+F1 behind it is a"
                            + " composition (default: the processing elements that are there).")
    private @Nullable String pool;

    @Option(
            names = "--policy",
            paramLabel = "P,...",
            description = "Scheduling policies, one run each (default: the configured one).")
    private @Nullable String policy;

    @Option(
            names = "--profiles",
            paramLabel = "FILE",
            description = "What the applications consist of and take, as 'saguaro profile' writes it.")
    private @Nullable Path profiles;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "saguaro-simulation",
            description =
                    "Where the results go, with several policies in a folder each; those of an earlier run are replaced"
                            + " (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("saguaro-simulation");

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = run.toMap();
        options.put("output", CommandTree.absolute(output));
        if (policy != null) {
            options.put("policy", policy);
        }
        if (pool != null) {
            options.put("pool", pool);
        }
        if (profiles != null) {
            options.put("profiles", CommandTree.absolute(profiles));
        }
        return tree.runOrderly("simulate", options);
    }
}
