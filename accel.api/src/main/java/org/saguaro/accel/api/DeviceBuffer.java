// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A block of memory in some {@link MemorySpace}. Owned by whoever allocated it (normally the core), who closes it once nobody
 * uses it any more.
 */
@ConsumerType
public interface DeviceBuffer extends AutoCloseable {

    /** Bytes that may be used. */
    long sizeBytes();

    /** Gives the memory back. A second call does nothing. */
    @Override
    void close();
}
