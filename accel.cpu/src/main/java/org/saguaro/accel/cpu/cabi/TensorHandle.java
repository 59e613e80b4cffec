// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

/** A reference to a tensor of libtorch, by the address of its handle. Belongs to one {@link Aten}, which uses the object again once released. */
final class TensorHandle {

    /** 0 once released. */
    long address;

    /** Whether somebody other than the running call keeps it. */
    boolean kept;
}
