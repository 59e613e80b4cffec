// SPDX-License-Identifier: Apache-2.0
/**
 * The archives of {@code torch.jit.save}: from entries to the layer graph. Start at {@link
 * org.saguaro.model.torch.script.ScriptArchive} and {@link org.saguaro.model.torch.script.trace.ModelTracer}.
 */
@NullMarked
package org.saguaro.model.torch.script;

import org.jspecify.annotations.NullMarked;
