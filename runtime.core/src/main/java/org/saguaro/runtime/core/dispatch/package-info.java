// SPDX-License-Identifier: Apache-2.0
/**
 * From a request to its result: ready tasks, rounds of the policy, and the workers of the PEs.
 *
 * <p>{@link org.saguaro.runtime.core.dispatch.Dispatcher} is the entry: it knows the PEs and runs the rounds. A
 * {@link org.saguaro.runtime.core.dispatch.ModelRun} is one request on its way through a
 * {@link org.saguaro.runtime.core.dispatch.Plan}.
 */
@NullMarked
package org.saguaro.runtime.core.dispatch;

import org.jspecify.annotations.NullMarked;
