// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** A {@link DeviceBuffer} that the JVM can address. Every buffer of {@link MemorySpace#HOST} is one. */
@ConsumerType
public interface HostBuffer extends DeviceBuffer {

    /**
     * The memory: direct, little-endian, {@code sizeBytes()} long, starting at a multiple of 64. Always the same object, so use absolute access; its position
     * and limit must be left alone.
     */
    ByteBuffer bytes();
}
