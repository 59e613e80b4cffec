// SPDX-License-Identifier: Apache-2.0
/**
 * Runs a model's code on values of which only some are known, and so unrolls it into a graph. Start at
 * {@link org.saguaro.model.torch.script.trace.ModelTracer}.
 */
@NullMarked
package org.saguaro.model.torch.script.trace;

import org.jspecify.annotations.NullMarked;
