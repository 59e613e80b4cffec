// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.HostArena;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.zynq.device.DmaPool;

/** A device's memory as tensors may use it: a quarter stays free for weights and work space, without which no kernel can be prepared. */
record TensorArena(DmaPool pool) implements HostArena {

    @Override
    public @Nullable HostBuffer tryAllocate(long sizeBytes) {
        DmaPool.Usage usage = pool.usage();
        return usage.usedBytes() + sizeBytes > usage.capacityBytes() / 4 * 3 ? null : pool.tryAllocate(sizeBytes);
    }
}
