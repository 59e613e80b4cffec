// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/** An ability of a {@link Kernel}: it can say what it holds. Without it, the core counts the raw weights of the kernel's segment. */
@ConsumerType
public interface MemoryFootprint extends Kernel {

    /**
     * Bytes of packed weights and work space that would be given back if this kernel were closed; what it shares with other kernels counts
     * in parts, so that the sum over all kernels is what they hold together. Called from any thread, never during or after {@link #close}.
     */
    long residentBytes();
}
