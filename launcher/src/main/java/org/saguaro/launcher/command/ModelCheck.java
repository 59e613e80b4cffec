// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.saguaro.accel.api.Precision;
import org.saguaro.formats.text.Figures;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.Session;

/** One model against stored answers. */
final class ModelCheck {

    private static final int REQUESTS = 3;

    private final SaguaroRuntime runtime;
    private final DeployOptions options;
    private final LayerGraph model;
    private final double tolerance;
    private final List<String> examples = new ArrayList<>();
    private Difference worst = Difference.NONE;
    private String failure = "";
    private boolean deterministic = true;
    private Optional<WorstLayer> worstLayer = Optional.empty();

    /**
     * A check of a model.
     *
     * @param options how to deploy it
     * @param tolerance for float32 and wider; others have more, see {@link Difference#tolerance}
     */
    ModelCheck(SaguaroRuntime runtime, DeployOptions options, LayerGraph model, double tolerance) {
        this.runtime = runtime;
        this.options = options;
        this.model = model;
        this.tolerance = Math.max(
                Difference.tolerance(tolerance, coarsest(model)),
                Difference.tolerance(tolerance, options.precision().orElse(Precision.FLOAT32)));
    }

    /** Runs the model on an example, if it is one for this model: a model with fixed sizes takes no other. */
    void run(ModelFolder.Example example) throws Exception {
        List<Tensor> inputs = ArrayFiles.read(example.inputs());
        switch (example.kind()) {
            case FIRST -> runRepeatedly(example, inputs);
            case SECOND -> {
                if (accepts(inputs)) {
                    runRepeatedly(example, inputs);
                }
            }
            case SEQUENCE -> runInSequence(example, inputs);
        }
    }

    private void runRepeatedly(ModelFolder.Example example, List<Tensor> inputs) throws Exception {
        examples.add(example.kind() == ModelFolder.Kind.FIRST ? "first" : "second");
        List<Tensor> expected = ArrayFiles.read(example.outputs());
        // The first request as any caller's, served by kernels for any sizes if the model leaves sizes open.
        run(options, inputs, expected, example, 1);
        run(options.withSamples(inputs), inputs, expected, example, REQUESTS);
    }

    private void run(
            DeployOptions how, List<Tensor> inputs, List<Tensor> expected, ModelFolder.Example example, int requests)
            throws Exception {
        List<Tensor> before = List.of();
        try (Deployment deployment = runtime.deploy(model, how)) {
            for (int request = 0; request < requests; request++) {
                // A model that remembers must not remember the request before.
                try (Session session = deployment.openSession()) {
                    session.reset();
                    List<Tensor> outputs = session.infer(inputs).outputs();
                    compare(outputs, expected, example.outputs());
                    if (request > 0 && failure.isEmpty()) {
                        deterministic &= equal(before, outputs);
                    }
                    before = outputs;
                }
            }
            if (!how.samples().isEmpty() && WorstLayer.isPossible(deployment.placement())) {
                worstLayer = WorstLayer.worse(worstLayer, WorstLayer.of(deployment.measureErrors()));
            }
        }
    }

    private void runInSequence(ModelFolder.Example example, List<Tensor> inputs) throws Exception {
        examples.add("sequence");
        List<Tensor> expected = ArrayFiles.read(example.outputs());
        List<List<Tensor>> first = sequence(inputs);
        List<List<Tensor>> second = sequence(inputs);
        for (int step = 0; step < first.size(); step++) {
            compare(first.get(step), at(step, expected), example.outputs());
            deterministic &= equal(first.get(step), second.get(step));
        }
    }

    private List<List<Tensor>> sequence(List<Tensor> inputs) throws Exception {
        List<List<Tensor>> answers = new ArrayList<>();
        List<Tensor> sample = at(0, inputs);
        try (Deployment deployment = runtime.deploy(model, options.withSamples(sample))) {
            deployment.reset();
            for (int step = 0; step < inputs.get(0).sizes()[0]; step++) {
                answers.add(deployment.infer(at(step, inputs)).outputs());
            }
        }
        return answers;
    }

    private void compare(List<Tensor> outputs, List<Tensor> expected, List<Path> files) {
        if (outputs.size() != expected.size()) {
            fail("found " + outputs.size() + " outputs, expected " + expected.size() + " as there are files");
            return;
        }
        for (int i = 0; i < expected.size(); i++) {
            Difference difference;
            try {
                difference = Difference.between(outputs.get(i), expected.get(i));
            } catch (CommandException e) {
                fail(files.get(i).getFileName() + ": " + e.getMessage());
                continue;
            }
            worst = worst.max(difference);
            DType dtype = expected.get(i).dtype();
            if (!difference.isWithin(tolerance, dtype)) {
                fail(files.get(i).getFileName() + ": relative difference " + Figures.small(difference.relative())
                        + " is above " + Figures.small(Difference.isExact(dtype) ? 0 : tolerance));
            }
        }
    }

    private void fail(String reason) {
        failure = failure.isEmpty() ? reason : failure;
    }

    private boolean accepts(List<Tensor> inputs) {
        List<Integer> ids = model.inputs();
        for (int i = 0; i < Math.min(ids.size(), inputs.size()); i++) {
            ValueType type = model.value(ids.get(i)).type();
            if (type instanceof TensorSpec spec
                    && !spec.shape().accepts(inputs.get(i).sizes())) {
                return false;
            }
        }
        return true;
    }

    /** One step of stacked tensors. */
    private static List<Tensor> at(int step, List<Tensor> stacked) {
        List<Tensor> parts = new ArrayList<>();
        for (Tensor tensor : stacked) {
            long[] sizes = Arrays.copyOfRange(tensor.sizes(), 1, tensor.rank());
            int bytes = Math.toIntExact(Tensor.spanBytes(tensor.dtype(), sizes, Tensor.denseStrides(sizes)));
            ByteBuffer all = tensor.toDense().bytes();
            ByteBuffer part = all.slice(step * bytes, bytes).order(all.order());
            parts.add(Tensor.dense(tensor.dtype(), sizes, part));
        }
        return parts;
    }

    private static boolean equal(List<Tensor> some, List<Tensor> others) {
        for (int i = 0; i < others.size(); i++) {
            if (!some.get(i).toDense().bytes().equals(others.get(i).toDense().bytes())) {
                return false;
            }
        }
        return some.size() == others.size();
    }

    /** The element type with the fewest digits that the model computes in. */
    private static DType coarsest(LayerGraph model) {
        DType coarsest = DType.FLOAT32;
        for (DType dtype : GraphFigures.dtypes(model)) {
            if (dtype == DType.BFLOAT16 || (dtype == DType.FLOAT16 && coarsest != DType.BFLOAT16)) {
                coarsest = dtype;
            }
        }
        return coarsest;
    }

    /** Ends the check. */
    FolderCheck.Result result(String label) {
        return new FolderCheck.Result(
                label,
                worst,
                failure,
                GraphFigures.of(model),
                List.copyOf(examples),
                deterministic,
                tolerance,
                worstLayer);
    }
}
