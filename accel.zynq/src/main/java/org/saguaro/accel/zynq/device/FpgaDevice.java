// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.util.List;

/**
 * Programmable logic that holds one overlay at a time, and memory that stays when the overlay changes: a board, or its simulation.
 * Owned by whoever opened it.
 */
public interface FpgaDevice extends AutoCloseable {

    /** For messages: {@code zcu102}, {@code rtl}. */
    String name();

    /** The memory that engines work in; the same for all overlays. */
    DmaRegion memory();

    /**
     * Loads an overlay, unless it is loaded. No engine of the former one may be in use; its ports are dead afterwards.
     *
     * @return its engines, in the overlay's order
     * @throws DeviceException if it cannot be loaded; what the logic holds then is unknown
     */
    List<EnginePort> load(Overlay overlay) throws DeviceException;

    /** Gives back mappings and nodes. No engine may be in use. */
    @Override
    void close();
}
