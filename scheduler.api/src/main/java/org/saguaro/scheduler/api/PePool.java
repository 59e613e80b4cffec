// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** The processing elements present in a round. A view that is valid during one round. */
@ProviderType
public interface PePool {

    /** Time of the round, on the clock of all times here. */
    long nowNanos();

    /** Number of PEs; may be 0. */
    int size();

    /**
     * The PE at a position.
     *
     * @param index 0 to {@code size() - 1}; stays the same during the round. Between rounds PEs may move as others come and go.
     */
    PeState get(int index);
}
