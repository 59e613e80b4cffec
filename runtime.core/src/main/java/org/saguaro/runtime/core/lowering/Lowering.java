// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.function.BiPredicate;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** Turns a model as it was read into one that every PE profits from. */
public final class Lowering {

    private Lowering() {}

    /**
     * Runs all passes.
     *
     * @param model as read
     * @param runnable whether some PE present can run a layer of a graph; a pass only introduces operators that one can
     */
    public static LoweredGraph lower(LayerGraph model, BiPredicate<LayerGraph, Layer> runnable) {
        LoweredGraph lowered = LoweredGraph.unchanged(model);
        lowered = Functionalization.run(lowered, runnable);
        lowered = lowered.everywhere(NoOpRemoval::run);
        lowered = lowered.everywhere(BatchNormFolding::run);
        return lowered.refusing(InPlaceRest.refusals(lowered.graph()));
    }
}
