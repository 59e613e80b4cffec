// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What tasks of one run take on PEs: as recorded, if that is known of their request, and else drawn. */
final class ExecutionTimes {

    private final KernelTimes times;
    private final List<Pool.PeType> types;
    private final Variation variation;

    ExecutionTimes(KernelTimes times, List<Pool.PeType> types, Variation variation) {
        this.times = times;
        this.types = types;
        this.variation = variation;
    }

    long dispatchNanos(VirtualPe pe, RequestTimes.@Nullable Run recorded) {
        return recorded != null && recorded.peType().equals(pe.type()) ? recorded.dispatchNanos() : pe.dispatchNanos;
    }

    long executionNanos(VirtualPe pe, VirtualTask task, RequestTimes.@Nullable Run recorded) {
        if (recorded != null && recorded.executionNanos() != RequestTimes.Run.UNKNOWN) {
            if (recorded.peType().equals(pe.type())) {
                return recorded.executionNanos();
            }
            double there = meanNanos(task.row, recorded.peType());
            if (there > 0) {
                return Math.round(recorded.executionNanos() * (times.meanNanos(task.row, pe.type) / there));
            }
        }
        return variation.executionNanos(task.costs + pe.type, task.request.number, task.position);
    }

    /** Of a kernel on a type of PE; 0 if the pool has none of that type, or it does not run it. */
    private double meanNanos(int row, String type) {
        for (int i = 0; i < types.size(); i++) {
            if (types.get(i).name().equals(type)) {
                return times.supports(row, i) ? times.meanNanos(row, i) : 0;
            }
        }
        return 0;
    }
}
