// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/** An ability of a {@link DeviceMemory}: it can say how full it is. The monitor asks about once a second, from any thread. */
@ConsumerType
public interface MeteredMemory extends DeviceMemory {

    /** Bytes handed out and not closed yet. */
    long allocatedBytes();

    /** Bytes that can be handed out in all; 0 if that is not known. */
    long capacityBytes();
}
