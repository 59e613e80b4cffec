// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The workload of a command and what is changed of it, for commands that run one. */
final class RunOptions {

    @Parameters(paramLabel = "FILE", description = "The workload, JSON.")
    private Path file = Path.of("");

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

    /** As the one-shot command takes them; the caller adds its own. */
    Map<String, Object> toMap() {
        Map<String, Object> options = new HashMap<>();
        options.put("file", CommandTree.absolute(file));
        options.put("scaleRate", scaleRate);
        options.put("traceSeconds", traceSeconds);
        if (seconds != null) {
            options.put("seconds", seconds);
        }
        if (seed != null) {
            options.put("seed", seed);
        }
        return options;
    }
}
