// SPDX-License-Identifier: Apache-2.0
/**
 * What code works on while it is read: constants, things on an abstract heap, and values that only a running graph has. Start
 * at {@link org.saguaro.model.torch.script.value.ScriptValue}.
 */
@NullMarked
package org.saguaro.model.torch.script.value;

import org.jspecify.annotations.NullMarked;
