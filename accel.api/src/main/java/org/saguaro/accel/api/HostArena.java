// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Memory of the host that a device reaches as well, for instance a DMA buffer: {@link HostMemory} takes tensors from it while there is room, so that the
 * device's kernels read what the CPU wrote where it lies. Its owner offers it with {@link HostMemory#offer}. Thread-safe.
 */
@ConsumerType
public interface HostArena {

    /**
     * A buffer as {@link HostBuffer} demands it; null if there is no room. The memory stays as it is until the buffer is closed, even if the
     * arena is not offered any more.
     */
    @Nullable
    HostBuffer tryAllocate(long sizeBytes);
}
