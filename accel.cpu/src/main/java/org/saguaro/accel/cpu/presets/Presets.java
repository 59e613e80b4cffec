// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement.WorkerScope;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.cpu.Backend;
import org.saguaro.accel.cpu.LayerSupport;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * libtorch through the JavaCPP presets: every operator that its dispatcher knows, the common ones fused and prepacked. Whoever shares this shares
 * packed weights and measured choices. {@link org.saguaro.lib.pytorch.NativeLibraries} has loaded the library before.
 */
public final class Presets implements Backend {

    private final Operators operators;
    private final Tuner tuner;

    public Presets() {
        operators = new Operators();
        tuner = new Tuner(operators, new PackedWeights());
    }

    /** With a tuner of one's own. */
    Presets(Operators operators, Tuner tuner) {
        this.operators = operators;
        this.tuner = tuner;
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        Operator operator = operators.find(layer.op());
        if (operator == null) {
            return LayerSupport.unknown(layer);
        }
        return operator.runsOnCpu()
                ? LayerSupport.of(operator, graph, layer)
                : Support.no(Support.Cause.OPERATOR, "libtorch has no CPU kernel of " + layer.op());
    }

    @Override
    public Kernel compile(String device, int threads, LayerGraph segment) throws AccelException {
        int threadsBefore = torch.get_num_threads();
        torch.set_num_threads(threads);
        InferenceMode mode = new InferenceMode(true);
        try {
            return new SegmentCompiler(device, threads, segment, operators, tuner).compile();
        } finally {
            mode.close();
            torch.set_num_threads(threadsBefore);
        }
    }

    @Override
    public WorkerScope openThread(int threads) {
        ownThreads(threads);
        InferenceMode mode = new InferenceMode(true);
        mode.retainReference();
        return mode::releaseReference;
    }

    /**
     * Sets the number of threads for the calling thread. A thread that libtorch has not seen takes over what anybody set last when it first
     * computes; asking makes libtorch see it, so that another PE's number does not become its own.
     */
    private static void ownThreads(int threads) {
        if (torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
    }

    @Override
    public String toString() {
        return "JavaCPP presets";
    }
}
