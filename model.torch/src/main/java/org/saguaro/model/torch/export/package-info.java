// SPDX-License-Identifier: Apache-2.0
/** The archives of {@code torch.export}: from entries to the layer graph. Start at {@link org.saguaro.model.torch.export.ExportedProgram}. */
@NullMarked
package org.saguaro.model.torch.export;

import org.jspecify.annotations.NullMarked;
