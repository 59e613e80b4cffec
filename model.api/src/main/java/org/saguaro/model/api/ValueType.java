// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * What a value of the graph is: a tensor of a known element type and shape, a tensor of which nothing is known before it is
 * there, a number, or something only the host can hold (a list, a dictionary, a text).
 */
public sealed interface ValueType permits TensorSpec, AnyTensor, ScalarType, HostType {}
