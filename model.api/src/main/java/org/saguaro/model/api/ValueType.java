// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/** What a value of the graph is: a tensor, or a scalar computed at run time (a symbolic size, for instance). */
public sealed interface ValueType permits TensorSpec, ScalarType {}
