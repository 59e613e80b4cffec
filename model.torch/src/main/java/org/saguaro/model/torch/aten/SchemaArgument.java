// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;

/**
 * One argument of an operator.
 *
 * @param keywordOnly whether it stands behind the {@code *}
 * @param defaultValue what an archive that omits it means; null if it must be given
 */
public record SchemaArgument(
        String name,
        SchemaType type,
        SchemaAlias alias,
        boolean keywordOnly,
        @Nullable Argument defaultValue) {}
