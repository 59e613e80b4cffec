// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The memory that a PE's kernels read and write. Safe for use by several threads.
 *
 * <p>PEs that work in host memory return {@link HostMemory#get()}.
 */
@ConsumerType
public interface DeviceMemory {

    /** Where its buffers live. */
    MemorySpace space();

    /**
     * Allocates at least {@code sizeBytes} bytes, contents undefined.
     *
     * @throws AccelException {@code RESOURCE_EXHAUSTED} with figures, if there is no room
     */
    DeviceBuffer allocate(long sizeBytes) throws AccelException;

    /**
     * Copies the first {@code sizeBytes} bytes from host to device; returns when the source may be reused.
     *
     * @param target allocated here
     */
    void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) throws AccelException;

    /**
     * Copies the first {@code sizeBytes} bytes from device to host; returns when they are there.
     *
     * @param source allocated here
     */
    void download(DeviceBuffer source, HostBuffer target, long sizeBytes) throws AccelException;
}
