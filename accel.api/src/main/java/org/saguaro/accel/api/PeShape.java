// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/**
 * One way to use a piece of hardware. PEs of one group and one name work together; those of one group and different names never do.
 *
 * @param group the hardware, for instance {@code cpu} or {@code pl}
 * @param name the way, for instance {@code narrow}, {@code wide}, or an overlay's name
 */
public record PeShape(String group, String name) {

    public PeShape {
        if (group.isBlank() || name.isBlank()) {
            throw new IllegalArgumentException(
                    "a shape needs a group and a name, found group '" + group + "', name '" + name + "'");
        }
    }

    @Override
    public String toString() {
        return group + "/" + name;
    }
}
