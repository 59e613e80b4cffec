// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import org.saguaro.scheduler.api.PeState;

/** A PE with the figures it is given. */
public record FakePe(String id, String type, long availableAtNanos, int queuedTasks) implements PeState {

    /** An idle PE; its type is its id without the digits at the end. */
    public static FakePe idle(String id) {
        return new FakePe(id, id.replaceAll("\\d+$", ""), 0, 0);
    }

    /** This PE, busy with some tasks until then. */
    public FakePe busy(long untilNanos, int tasks) {
        return new FakePe(id, type, untilNanos, tasks);
    }
}
