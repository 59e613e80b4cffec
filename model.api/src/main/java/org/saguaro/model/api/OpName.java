// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.Arrays;

/**
 * Full name of an operator overload, as PyTorch's dispatcher knows it.
 *
 * @param namespace for instance {@code aten}
 * @param name for instance {@code conv2d}
 * @param overload for instance {@code Tensor}; {@code default} when the schema names none
 */
public record OpName(String namespace, String name, String overload) {

    /** The overload that has no name of its own. */
    public static final String DEFAULT_OVERLOAD = "default";

    /**
     * Parses {@code aten.conv2d.default} (or {@code aten.conv2d}, meaning the default overload).
     *
     * @throws IllegalArgumentException if there are not two or three parts, none of them empty
     */
    public static OpName parse(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length < 2 || parts.length > 3 || Arrays.asList(parts).contains("")) {
            throw new IllegalArgumentException("not an operator name (namespace.name.overload): " + text);
        }
        return new OpName(parts[0], parts[1], parts.length == 3 ? parts[2] : DEFAULT_OVERLOAD);
    }

    /** Whether this is {@code aten.<name>}, in any overload. */
    public boolean isAten(String atenName) {
        return namespace.equals("aten") && name.equals(atenName);
    }

    @Override
    public String toString() {
        return namespace + "." + name + "." + overload;
    }
}
