// SPDX-License-Identifier: Apache-2.0
/**
 * From the layer graph as it was read to the tasks that are scheduled.
 *
 * <p>{@link org.saguaro.runtime.core.lowering.Lowering} runs the passes; each is a function from graph to graph.
 * {@link org.saguaro.runtime.core.lowering.TaskGraph} cuts the result into tasks by who supports what.
 * {@link org.saguaro.runtime.core.lowering.Specialization} makes a smaller graph of a general one when more is known.
 */
@NullMarked
package org.saguaro.runtime.core.lowering;

import org.jspecify.annotations.NullMarked;
