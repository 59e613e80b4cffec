// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import org.jspecify.annotations.Nullable;

/**
 * A member of one of the archive's own enumerations.
 *
 * @param className for instance {@code __torch__.models.Colour}
 * @param value the member's value, not its name
 */
public record PickledEnum(String className, @Nullable Object value) {}
