// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/**
 * A place where tensors live. Two PEs with equal spaces read each other's tensors without a copy.
 *
 * @param name for instance {@code host} or {@code cuda0}
 */
public record MemorySpace(String name) {

    /** The JVM's own address space. PEs that share DRAM with the host use it. */
    public static final MemorySpace HOST = new MemorySpace("host");

    @Override
    public String toString() {
        return name;
    }
}
