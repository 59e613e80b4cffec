// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Runs the models of a folder on its stored inputs and compares. */
final class FolderCheck {

    /**
     * What came out for a model.
     *
     * @param model the folder's name, and the file's where the folder has several models
     * @param difference largest over all outputs
     * @param failure why it is not OK; empty if it is
     * @param figures what the model is made of
     * @param examples that it was run on: {@code first}, {@code second}, {@code sequence}
     * @param deterministic whether repeated requests gave the same bits
     * @param tolerance that was allowed
     * @param worst the layer whose answers on an accelerator are farthest from the CPU's; empty if there is none
     */
    record Result(
            String model,
            Difference difference,
            String failure,
            GraphFigures figures,
            List<String> examples,
            boolean deterministic,
            double tolerance,
            Optional<WorstLayer> worst) {

        boolean isOk() {
            return failure.isEmpty();
        }

        private static Result failed(String model, String failure) {
            Difference unknown = new Difference(Double.NaN, Double.NaN);
            return new Result(model, unknown, failure, GraphFigures.NONE, List.of(), false, 0, Optional.empty());
        }
    }

    private final SaguaroRuntime runtime;
    private final double tolerance;
    private final String precision;

    /** @param precision name of the precision to run in; empty: as configured */
    FolderCheck(SaguaroRuntime runtime, double tolerance, String precision) {
        this.runtime = runtime;
        this.tolerance = tolerance;
        this.precision = precision;
    }

    /** What the results of a folder will be called; its own name if it cannot be read. */
    static List<String> labels(Path folder) {
        String name = String.valueOf(folder.getFileName());
        try {
            ModelFolder files = ModelFolder.of(folder);
            return files.models().stream()
                    .map(model -> label(name, model, files))
                    .toList();
        } catch (Exception e) {
            // The check itself says what is wrong.
            return List.of(name);
        }
    }

    private static String label(String name, Path model, ModelFolder files) {
        return files.models().size() == 1 ? name : name + "/" + model.getFileName();
    }

    /** Checks a folder. Whatever is wrong with it is in the results, which are handed over as they are known. */
    void check(Path folder, Consumer<Result> results) throws InterruptedException {
        String name = String.valueOf(folder.getFileName());
        ModelFolder files;
        try {
            files = ModelFolder.of(folder);
        } catch (Exception e) {
            results.accept(Result.failed(name, reason(e)));
            return;
        }
        for (Path model : files.models()) {
            results.accept(check(label(name, model, files), model, files));
        }
    }

    private Result check(String label, Path model, ModelFolder files) throws InterruptedException {
        try {
            ModelCheck check = new ModelCheck(
                    runtime,
                    PrecisionOption.in(DeployOptions.named(label.replace('/', '-')), precision),
                    runtime.read(model),
                    tolerance);
            for (ModelFolder.Example example : files.examples()) {
                check.run(example);
            }
            return check.result(label);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return Result.failed(label, reason(e));
        }
    }

    private static String reason(Exception e) {
        String message = Failures.describe(e);
        return message == null ? e.toString() : message;
    }
}
