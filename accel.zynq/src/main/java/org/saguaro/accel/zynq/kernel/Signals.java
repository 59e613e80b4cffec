// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** Segments of one layer that gives its result. */
final class Signals {

    private Signals() {}

    /** The layer of a segment that has one, and gives what that makes and nothing else. */
    static Layer onlyLayer(LayerGraph segment) throws Refusal {
        List<Integer> given = Units.outputs(segment);
        if (segment.layers().size() != 1
                || !given.equals(segment.layers().get(0).outputs())) {
            throw new Refusal(
                    Support.Cause.ATTRIBUTE,
                    "one layer at a time, found " + segment.layers().size());
        }
        return segment.layers().get(0);
    }

    static AccelException unsupported(KernelSettings settings, LayerGraph segment, Refusal refusal) {
        return new AccelException(
                AccelException.Category.UNSUPPORTED,
                settings.pe() + ": " + segment.name() + ": " + refusal.getMessage());
    }
}
