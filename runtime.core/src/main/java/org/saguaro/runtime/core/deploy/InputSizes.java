// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.List;
import java.util.stream.Collectors;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** What the inputs of a request are: requests for which it is the same can use the same kernels. */
record InputSizes(List<TensorSpec> specs) {

    static InputSizes of(List<Tensor> inputs) {
        return new InputSizes(inputs.stream()
                .map(input -> TensorSpec.of(input.dtype(), input.sizes()))
                .toList());
    }

    @Override
    public String toString() {
        return specs.stream().map(TensorSpec::toString).collect(Collectors.joining(", "));
    }
}
