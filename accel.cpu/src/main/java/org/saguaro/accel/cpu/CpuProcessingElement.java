// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.BitSet;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * One core, or several that share the work inside a layer. Runs whatever libtorch's dispatcher knows,
 * on tensors of any element type and shape, known beforehand or not.
 *
 * <p>PEs made with one {@link Tuner} share packed weights and measured choices.
 */
class CpuProcessingElement implements DynamicTensors {

    /** The prior of the cost model per thread; the first measurements replace it. */
    private static final double OPERATIONS_PER_SECOND = 50e9;

    private static final double BYTES_PER_SECOND = 10e9;
    private static final long LAUNCH_NANOS = 5_000;

    private final PeDescriptor descriptor;
    private final BitSet cores;
    private final Operators operators;
    private final LayerSupport support;
    private final Tuner tuner;

    /**
     * @param index number among the CPU PEs
     * @param threads that one kernel uses
     * @param cores that its worker is bound to; empty for no binding
     */
    CpuProcessingElement(int index, int threads, BitSet cores, Operators operators, Tuner tuner) {
        this("cpu" + index, threads, cores, operators, tuner);
    }

    /** As above, with any id. */
    CpuProcessingElement(String id, int threads, BitSet cores, Operators operators, Tuner tuner) {
        this.cores = cores;
        this.operators = operators;
        support = new LayerSupport(operators);
        this.tuner = tuner;
        descriptor = new PeDescriptor(
                id,
                threads == 1 ? "cpu" : "cpux" + threads,
                threads,
                OPERATIONS_PER_SECOND * threads,
                BYTES_PER_SECOND,
                LAUNCH_NANOS);
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public DeviceMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return support.of(graph, layer);
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        for (Layer layer : segment.layers()) {
            if (supports(segment, layer) instanceof Support.Unsupported no) {
                throw new AccelException(
                        AccelException.Category.UNSUPPORTED,
                        descriptor.id() + ": " + layer.label() + ": " + no.detail());
            }
        }
        SignalKernel signal = SignalKernels.of(descriptor.id(), segment);
        if (signal != null && SignalKernels.isCertain(segment)) {
            return signal;
        }
        int threadsBefore = torch.get_num_threads();
        torch.set_num_threads(descriptor.threads());
        InferenceMode mode = new InferenceMode(true);
        try {
            Kernel kernel =
                    new SegmentCompiler(descriptor.id(), descriptor.threads(), segment, operators, tuner).compile();
            return signal == null ? kernel : tuner.signals().faster(segment, signal, kernel);
        } finally {
            mode.close();
            torch.set_num_threads(threadsBefore);
        }
    }

    @Override
    public WorkerScope openWorker() {
        BitSet before = Affinity.allowed();
        boolean bound = Affinity.bind(cores);
        ownThreads(descriptor.threads());
        InferenceMode mode = new InferenceMode(true);
        mode.retainReference();
        return () -> {
            mode.releaseReference();
            if (bound) {
                Affinity.bind(before);
            }
        };
    }

    /**
     * Sets the number of threads for the calling thread. A thread that libtorch has not seen takes over what anybody set last when it first
     * computes; asking makes libtorch see it, so that another PE's number does not become its own.
     */
    static void ownThreads(int threads) {
        if (torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
    }

    @Override
    public String toString() {
        return descriptor.id();
    }
}
