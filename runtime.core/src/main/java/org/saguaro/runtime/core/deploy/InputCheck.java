// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.lowering.SymbolicShapes;
import org.saguaro.runtime.core.lowering.Types;

/** Compares what callers send with what a model takes. */
final class InputCheck {

    private final String deployment;
    private final LayerGraph model;

    InputCheck(String deployment, LayerGraph model) {
        this.deployment = deployment;
        this.model = model;
    }

    /**
     * Checks a request.
     *
     * @throws RequestException if something does not fit
     */
    void check(List<Tensor> inputs) throws RequestException {
        List<Integer> expected = model.inputs();
        boolean list = !expected.isEmpty()
                && model.value(expected.get(expected.size() - 1)).type() instanceof HostType;
        if (list ? inputs.size() < expected.size() - 1 : inputs.size() != expected.size()) {
            throw invalid("found " + inputs.size() + " inputs, expected " + expected.size() + ": "
                    + expected.stream()
                            .map(id -> model.value(id).name() + " "
                                    + model.value(id).type())
                            .collect(Collectors.joining(", ")));
        }
        int tensors = expected.size() - (list ? 1 : 0);
        for (int i = 0; i < tensors; i++) {
            Tensor found = inputs.get(i);
            var value = model.value(expected.get(i));
            if (value.type() instanceof AnyTensor) {
                continue;
            }
            if (!(value.type() instanceof TensorSpec spec)) {
                if (found.rank() != 0 || found.dtype() != Types.bufferDtype(value.type())) {
                    throw invalid("input " + value.name() + ": found " + found + ", expected a "
                            + Types.bufferDtype(value.type()) + " tensor of rank 0");
                }
                continue;
            }
            if (found.dtype() != spec.dtype() || !spec.shape().accepts(found.sizes())) {
                throw invalid("input " + value.name() + ": found " + found + ", expected " + spec + ranges(spec));
            }
        }
        List<Value> values =
                expected.subList(0, tensors).stream().map(model::value).toList();
        List<long @Nullable []> sizes = new ArrayList<>();
        inputs.subList(0, tensors).forEach(input -> sizes.add(input.sizes()));
        String mismatch = SymbolicShapes.solve(values, sizes).mismatch();
        if (mismatch != null) {
            throw invalid(mismatch);
        }
    }

    private static String ranges(TensorSpec spec) {
        String ranges = spec.shape().dims().stream()
                .filter(Dim.Symbolic.class::isInstance)
                .map(Dim.Symbolic.class::cast)
                .map(s -> s.expression() + " from " + s.min() + (s.max() == Long.MAX_VALUE ? "" : " to " + s.max()))
                .distinct()
                .collect(Collectors.joining(", "));
        return ranges.isEmpty() ? "" : " with " + ranges;
    }

    private RequestException invalid(String message) {
        return new RequestException(Category.INVALID_INPUT, deployment + ": " + message);
    }
}
