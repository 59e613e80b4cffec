// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.BitSet;
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
 * One core, or several that share the work inside a layer. Runs whatever its {@link Backend} reaches of libtorch, on tensors of any element type and
 * shape, known beforehand or not, and small transforms of signals in Java.
 */
public class CpuProcessingElement implements DynamicTensors {

    /** The prior of the cost model per thread; the first measurements replace it. */
    private static final double OPERATIONS_PER_SECOND = 50e9;

    private static final double BYTES_PER_SECOND = 10e9;
    private static final long LAUNCH_NANOS = 5_000;

    private final PeDescriptor descriptor;
    private final BitSet cores;
    private final Backend backend;
    private final SignalKernels signals;

    /**
     * @param index number among the CPU PEs
     * @param threads that one kernel uses
     * @param cores that its worker is bound to; empty for no binding
     */
    public CpuProcessingElement(int index, int threads, BitSet cores, Backend backend) {
        this("cpu" + index, threads, cores, backend, new SignalKernels());
    }

    /**
     * As above, with any id.
     *
     * @param signals what its neighbours have measured
     */
    CpuProcessingElement(String id, int threads, BitSet cores, Backend backend, SignalKernels signals) {
        this.cores = cores;
        this.backend = backend;
        this.signals = signals;
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
        return backend.supports(graph, layer);
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
        Kernel kernel = backend.compile(descriptor.id(), descriptor.threads(), segment);
        return signal == null ? kernel : signals.faster(segment, signal, kernel);
    }

    @Override
    public WorkerScope openWorker() {
        BitSet before = Affinity.allowed();
        boolean bound = Affinity.bind(cores);
        WorkerScope thread = backend.openThread(descriptor.threads());
        return () -> {
            thread.close();
            if (bound) {
                Affinity.bind(before);
            }
        };
    }

    @Override
    public String toString() {
        return descriptor.id();
    }
}
