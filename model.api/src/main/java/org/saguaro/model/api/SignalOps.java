// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * Operators of signal processing that PyTorch has no single operator for, in the namespace {@value #NAMESPACE}. Applications call them
 * through the Layer API; processing elements may support them like any other.
 */
public final class SignalOps {

    public static final String NAMESPACE = "saguaro";

    /**
     * {@code multiply_conjugate(Tensor self, Tensor other) -> Tensor}: self times the complex conjugate of other, element by element,
     * broadcast: the middle of a correlation by Fourier transforms.
     */
    public static final OpName MULTIPLY_CONJUGATE =
            new OpName(NAMESPACE, "multiply_conjugate", OpName.DEFAULT_OVERLOAD);

    private SignalOps() {}
}
