// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
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
        List<Value> expected = model.inputs().stream().map(model::value).toList();
        boolean list = expected.stream().anyMatch(value -> value.type() instanceof HostType);
        if (list ? inputs.size() < expected.size() - 1 : inputs.size() != expected.size()) {
            throw invalid("found " + inputs.size() + " inputs, expected " + expected.size() + ": "
                    + expected.stream()
                            .map(value -> value.name() + " " + value.type())
                            .collect(Collectors.joining(", ")));
        }
        List<Value> values = new ArrayList<>();
        List<long @Nullable []> sizes = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Value value = valueOf(expected, i, inputs.size());
            check(value, inputs.get(i));
            values.add(value);
            sizes.add(inputs.get(i).sizes());
        }
        String mismatch = SymbolicShapes.solve(values, sizes).mismatch();
        if (mismatch != null) {
            throw invalid(mismatch);
        }
    }

    /**
     * The input that takes a tensor of a request: a list takes all that the others leave.
     *
     * @param tensor position among the request's tensors, of which there are {@code count}
     */
    static Value valueOf(List<Value> inputs, int tensor, int count) {
        int position = 0;
        for (Value input : inputs) {
            position += input.type() instanceof HostType ? count - (inputs.size() - 1) : 1;
            if (tensor < position) {
                return input;
            }
        }
        throw new IllegalArgumentException("tensor " + tensor + " of " + count + " belongs to no input");
    }

    private void check(Value value, Tensor found) throws RequestException {
        if (value.type() instanceof TensorSpec spec) {
            if (found.dtype() != spec.dtype() || !spec.shape().accepts(found.sizes())) {
                throw invalid("input " + value.name() + ": found " + found + ", expected " + spec + ranges(spec));
            }
        } else if (value.type() instanceof ScalarType scalar
                && (found.rank() != 0 || found.dtype() != Types.bufferDtype(scalar))) {
            throw invalid("input " + value.name() + ": found " + found + ", expected a " + Types.bufferDtype(scalar)
                    + " tensor of rank 0");
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
