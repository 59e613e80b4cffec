// SPDX-License-Identifier: Apache-2.0
/**
 * From operations on values to layers: what is known is computed at once, everything else is recorded. Start at
 * {@link org.saguaro.model.torch.script.record.Recording}.
 */
@NullMarked
package org.saguaro.model.torch.script.record;

import org.jspecify.annotations.NullMarked;
