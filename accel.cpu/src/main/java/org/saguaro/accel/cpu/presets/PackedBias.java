// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValue;

/** The folded bias of a layer, shared like the packed weights. */
final class PackedBias {

    private PackedBias() {}

    /** Boxed; None if there is none. Lives as long as {@code emission}. */
    static IValue of(FoldedWeights weights, Variant.Context context, Emission emission) {
        return emission.owner()
                .adopt(context.packed().acquire("bias " + weights.recipe(), weights.sources(), weights::boxedBias))
                .value();
    }
}
