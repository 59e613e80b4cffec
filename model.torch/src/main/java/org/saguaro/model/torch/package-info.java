// SPDX-License-Identifier: Apache-2.0
/**
 * Reads PyTorch's model files in pure Java. Start at {@link org.saguaro.model.torch.ExportedProgramReader} and
 * {@link org.saguaro.model.torch.TorchScriptReader}.
 *
 * <p>{@code zip} finds the bytes, {@code json} and {@code pickle} read the documents, {@code aten} knows the operators' schemas,
 * {@code export} and {@code script} put the layer graph together.
 */
@NullMarked
package org.saguaro.model.torch;

import org.jspecify.annotations.NullMarked;
