// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * Kernels of an engine for signal processing: segments of one layer that gives its result.
 *
 * @param <L> what such a layer computes
 */
abstract class SignalKernels<L> implements KernelMaker {

    private final KernelSettings settings;
    private final Scratch scratch;

    SignalKernels(KernelSettings settings) {
        this.settings = settings;
        scratch = new Scratch(settings.pool());
    }

    /** What the layer computes, if the engine can. */
    abstract L read(LayerGraph graph, Layer layer) throws Refusal;

    /** A kernel of it. */
    abstract SignalKernel kernel(KernelSettings own, Scratch work, LayerGraph segment, L what) throws AccelException;

    @Override
    public final Support supports(LayerGraph graph, Layer layer) {
        try {
            read(graph, layer);
            return Support.yes();
        } catch (Refusal refusal) {
            return refusal.toSupport();
        }
    }

    /** Computes in float32 whatever is asked for. */
    @Override
    public final Kernel prepare(LayerGraph segment, Precision precision) throws AccelException {
        L what;
        try {
            what = read(segment, onlyLayer(segment));
        } catch (Refusal refusal) {
            throw new AccelException(
                    AccelException.Category.UNSUPPORTED,
                    settings.pe() + ": " + segment.name() + ": " + refusal.getMessage());
        }
        SignalKernel kernel = kernel(settings, scratch, segment, what);
        return settings.simulated() ? new SignalKernel.Simulated(kernel) : kernel;
    }

    /** The layer of a segment that has one, and gives what that makes and nothing else. */
    private static Layer onlyLayer(LayerGraph segment) throws Refusal {
        List<Integer> given = Units.outputs(segment);
        if (segment.layers().size() != 1
                || !given.equals(segment.layers().get(0).outputs())) {
            throw new Refusal(
                    Support.Cause.ATTRIBUTE,
                    "one layer at a time, found " + segment.layers().size());
        }
        return segment.layers().get(0);
    }
}
