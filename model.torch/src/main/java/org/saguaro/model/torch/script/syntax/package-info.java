// SPDX-License-Identifier: Apache-2.0
/**
 * The subset of Python in which TorchScript writes its code down: text to tokens to a tree. Start at
 * {@link org.saguaro.model.torch.script.syntax.Parser}.
 */
@NullMarked
package org.saguaro.model.torch.script.syntax;

import org.jspecify.annotations.NullMarked;
