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
import picocli.CommandLine.ParentCommand;

/** {@code saguaro demo}. */
@Command(
        name = "demo",
        description =
                "Serves the example networks and the installed applications for some seconds and shows what ran where.",
        footer = {
            "",
            "Writes gantt.html (open it in a browser), trace.json (for ui.perfetto.dev) and tables to --output, as",
            "'saguaro workload' does; workload.json there is what it ran, and 'saguaro workload' runs it again."
        })
final class DemoCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How long requests arrive (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--load",
            paramLabel = "SHARE",
            defaultValue = "0.4",
            description =
                    "Arrivals per second, as a share of what the processing elements can serve; above 1 queues grow (default: ${DEFAULT-VALUE}).")
    private double load;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Arrivals per second of each application, instead of --load.")
    private @Nullable Double rate;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the arrivals' times (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--examples",
            paramLabel = "DIR",
            description = "Folder of the networks (default: those of the distribution).")
    private @Nullable Path examples;

    @Option(
            names = "--no-signals",
            description = "The networks only, without the signal-processing applications in plugins/.")
    private boolean networksOnly;

    @Option(
            names = "--layers",
            description = "Every layer is a task. By default layers that no choice would separate share one.")
    private boolean layers;

    @Option(names = "--policy", paramLabel = "P", description = "Scheduling policy (default: the configured one).")
    private @Nullable String policy;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "saguaro-demo",
            description = "Where the chart and the trace go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("saguaro-demo");

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("seconds", seconds);
        options.put("load", load);
        options.put("seed", seed);
        options.put("layers", layers);
        options.put("networksOnly", networksOnly);
        options.put("output", CommandTree.absolute(output));
        options.put("examples", examples == null ? Home.find().examples() : CommandTree.absolute(examples));
        if (rate != null) {
            options.put("rate", rate);
        }
        if (policy != null) {
            options.put("policy", policy);
        }
        return tree.runOrderly("demo", options);
    }
}
