// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

/** A complex number of a pickle. */
public record Complex(double real, double imaginary) {}
