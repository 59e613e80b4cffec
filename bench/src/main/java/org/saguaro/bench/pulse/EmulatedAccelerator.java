// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * An accelerator for transforms that exists in time only: it has a CPU's kernel compute the result, which for 128 points takes a
 * microsecond of some core, and is then away, without using a core, until its service time has passed since the beginning.
 */
final class EmulatedAccelerator implements ProcessingElement {

    /** Of {@code prctl}: by how much the kernel may delay a thread's timers, 50 us unless told otherwise. */
    private static final int PR_SET_TIMERSLACK = 29;

    private interface LibC extends Library {
        int prctl(int option, long nanos, long unused1, long unused2, long unused3);
    }

    private static final LibC LIBC = Native.load("c", LibC.class);

    private final PeDescriptor descriptor;
    private final ProcessingElement computes;
    private final boolean useful;
    private final long serviceNanos;

    /**
     * @param computes a CPU's PE, for its kernels only
     * @param useful whether it supports transforms; else it supports nothing
     * @param serviceNanos how long each takes at least; as its maker promises, so that the cost model's prior is right
     */
    EmulatedAccelerator(int index, ProcessingElement computes, boolean useful, long serviceNanos) {
        this.computes = computes;
        this.useful = useful;
        this.serviceNanos = serviceNanos;
        descriptor = new PeDescriptor("fft" + index, "fft", 1, 1e12, 1e12, serviceNanos);
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
        if (useful && (layer.op().isAten("fft_fft") || layer.op().isAten("fft_ifft"))) {
            return computes.supports(graph, layer);
        }
        return Support.no(Support.Cause.OPERATOR, descriptor.id() + " transforms and does nothing else");
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        Kernel kernel = computes.prepare(segment);
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                long end = System.nanoTime() + serviceNanos;
                kernel.execute(inputs, outputs);
                for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                    LockSupport.parkNanos(this, left);
                }
            }

            @Override
            public void close() {
                kernel.close();
            }
        };
    }

    @Override
    public WorkerScope openWorker() {
        LIBC.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
        return WorkerScope.NOTHING;
    }
}
