// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * A tensor of which nothing is known before it is there: TorchScript does not write down element types and shapes. The core
 * learns them from the first request and then works with {@link TensorSpec}s.
 */
public record AnyTensor() implements ValueType {

    @Override
    public String toString() {
        return "tensor";
    }
}
