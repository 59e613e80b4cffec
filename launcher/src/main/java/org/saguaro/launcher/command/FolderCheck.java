// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.saguaro.launcher.npy.NpyFile;
import org.saguaro.launcher.text.Figures;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Runs the model of a folder on its stored inputs and compares. */
final class FolderCheck {

    /**
     * What came out.
     *
     * @param folder as the user wrote it, or its name
     * @param difference largest over all outputs
     * @param failure why it is not OK; empty if it is
     */
    record Result(String folder, Difference difference, String failure) {
        boolean isOk() {
            return failure.isEmpty();
        }
    }

    private final SaguaroRuntime runtime;
    private final double tolerance;

    FolderCheck(SaguaroRuntime runtime, double tolerance) {
        this.runtime = runtime;
        this.tolerance = tolerance;
    }

    /** Checks a folder. Whatever is wrong with it is in the result. */
    Result check(Path folder) throws InterruptedException {
        String name = String.valueOf(folder.getFileName());
        try {
            ModelFolder files = ModelFolder.of(folder);
            List<Tensor> outputs = run(name, files);
            if (outputs.size() != files.outputs().size()) {
                return failed(
                        name,
                        "found " + outputs.size() + " outputs, expected "
                                + files.outputs().size() + " as there are files");
            }
            return compare(name, outputs, files.outputs());
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            String message = Failures.describe(e);
            return failed(name, message == null ? e.toString() : message);
        }
    }

    private List<Tensor> run(String name, ModelFolder files) throws Exception {
        List<Tensor> inputs = new ArrayList<>();
        for (Path file : files.inputs()) {
            inputs.add(NpyFile.read(file));
        }
        try (Deployment deployment = runtime.deploy(runtime.read(files.model()), DeployOptions.named(name))) {
            return deployment.infer(inputs).outputs();
        }
    }

    private Result compare(String name, List<Tensor> outputs, List<Path> files) throws Exception {
        Difference worst = Difference.NONE;
        String failure = "";
        for (int i = 0; i < files.size(); i++) {
            Tensor expected = NpyFile.read(files.get(i));
            Difference difference;
            try {
                difference = Difference.between(outputs.get(i), expected);
            } catch (CommandException e) {
                return failed(name, files.get(i).getFileName() + ": " + e.getMessage());
            }
            worst = worst.max(difference);
            if (failure.isEmpty() && !difference.isWithin(tolerance, expected.dtype())) {
                failure = files.get(i).getFileName() + ": relative difference " + Figures.small(difference.relative())
                        + " is above " + Figures.small(expected.dtype().isFloatingPoint() ? tolerance : 0);
            }
        }
        return new Result(name, worst, failure);
    }

    private static Result failed(String name, String failure) {
        return new Result(name, new Difference(Double.NaN, Double.NaN), failure);
    }
}
