// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

/**
 * The calls of the kernel that the JDK lacks or hides: plain files could do without, but then a test could not refuse or cut short one of them.
 * What fails returns a negative {@code errno}, as the kernel itself says it. Thread-safe.
 */
interface SystemCalls {

    int READ_ONLY = 0;
    int WRITE_ONLY = 1;
    int READ_WRITE = 2;

    /** What {@link #poll} answers: there is something to read. */
    int POLL_IN = 1;
    /** Bits of what {@link #poll} answers: error, hang-up, no such descriptor. */
    int POLL_GONE = 8 | 16 | 32;

    /**
     * Opens a node that exists; children of this process do not get it.
     *
     * @return a descriptor
     */
    int open(String path, int mode);

    int close(int descriptor);

    /** Takes the node for this process alone, as long as it is open. {@code -EAGAIN} if another process has it. */
    int lock(int descriptor);

    /** Maps for reading and writing, shared with the device; returns the address. */
    long map(int descriptor, long offset, long length);

    int unmap(long address, long length);

    /**
     * Waits until there is something to read.
     *
     * @param entry address of 8 bytes of scratch memory
     * @return bits as {@link #POLL_IN} and {@link #POLL_GONE}; 0 if the time is over
     */
    int poll(int descriptor, long entry, int timeoutMillis);

    int read(int descriptor, long target, int count);

    int write(int descriptor, long source, int count);

    /** Writes at that offset, whatever was written before. */
    int writeAt(int descriptor, long source, int count, long offset);

    int makeFolder(String path);

    int removeFolder(String path);
}
