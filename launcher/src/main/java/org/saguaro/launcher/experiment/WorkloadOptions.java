// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.IOException;
import org.saguaro.experiments.run.RunFolder;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.experiments.workload.WorkloadFile;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.Options;

/** What {@code workload} and {@code simulate} are asked. */
final class WorkloadOptions {

    private WorkloadOptions() {}

    /** The file's workload, with what the command line says instead. */
    static Workload workload(Options options) throws IOException, WorkloadException, CommandException {
        Workload workload = WorkloadFile.read(options.path("file"));
        if (options.optionalNumber("seconds").isPresent()) {
            workload = workload.withDurationSeconds(
                    positive("--seconds", options.optionalNumber("seconds").get()));
        }
        return options.optionalNumber("seed").isPresent()
                ? workload.withSeed(options.optionalNumber("seed").get().longValue())
                : workload;
    }

    static double scale(Options options) throws CommandException {
        return positive("--scale-rate", options.number("scaleRate"));
    }

    static RunFolder.Limits limits(Options options) throws CommandException {
        double seconds = options.number("traceSeconds");
        if (!(seconds >= 0)) {
            throw new CommandException("--trace-seconds: found " + seconds + ", expected 0 or more");
        }
        return RunFolder.Limits.DEFAULT.withTraceSeconds(seconds);
    }

    private static double positive(String name, double value) throws CommandException {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new CommandException(name + ": found " + value + ", expected more than 0");
        }
        return value;
    }
}
