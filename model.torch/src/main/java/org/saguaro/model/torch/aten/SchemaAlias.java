// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import org.saguaro.model.api.NamedArgument.Access;

/**
 * Alias annotation of an argument or a return: {@code (a)}, {@code (a!)}, {@code (a -> *)}.
 *
 * @param set name of the memory that is shared; empty if none is
 * @param write whether the operator writes it
 */
public record SchemaAlias(String set, boolean write) {

    /** No annotation: memory of its own. */
    public static final SchemaAlias NONE = new SchemaAlias("", false);

    /** What the operator does with an argument annotated so. */
    public Access access() {
        if (write) {
            return Access.WRITE;
        }
        return set.isEmpty() ? Access.READ : Access.ALIAS;
    }
}
