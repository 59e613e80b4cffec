// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemoryFootprint;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/**
 * A layer of signal processing on an engine that reads and writes complex64 as it lies in tensors: where these are in the device's memory, nothing is
 * copied; others go through the work space.
 */
abstract class SignalKernel implements Kernel, MemoryFootprint {

    private static final int COMPLEX_BYTES = 8;

    private final KernelSettings settings;
    private final Scratch scratch;
    private final String layer;
    private final TensorSpec[] inputs;
    private final long[][] inputSizes;
    private final long[] outputSizes;
    private final int elements;
    private final long[] addresses;
    private long cycles;
    private long hostNanos;

    /**
     * @param output value that the segment's layer makes
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no DMA memory for tensors that lie elsewhere
     */
    SignalKernel(KernelSettings settings, Scratch scratch, LayerGraph graph, int output) throws AccelException {
        this.settings = settings;
        this.scratch = scratch;
        layer = graph.layers().get(0).label();
        inputs = graph.inputs().stream().map(graph::tensor).toArray(TensorSpec[]::new);
        inputSizes = new long[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            inputSizes[i] = inputs[i].shape().sizes();
        }
        outputSizes = graph.tensor(output).shape().sizes();
        elements = Math.toIntExact(graph.tensor(output).shape().elementCount());
        addresses = new long[inputs.length];
        scratch.reserve((inputs.length + 1) * paddedBytes());
    }

    /** Elements of the result, and of each operand. */
    final int elements() {
        return elements;
    }

    /** Bytes of a tensor and of what an engine may read behind it. */
    private long paddedBytes() {
        return (elements * (long) COMPLEX_BYTES + 2 * COMPLEX_BYTES + 63) / 64 * 64;
    }

    /**
     * Lets the engine compute. Caches are synchronised.
     *
     * @param operands physical addresses of the inputs
     * @param result physical address
     * @return the cycles it took
     */
    abstract long compute(long[] operands, long result) throws AccelException;

    /** Floating-point operations of one execution. */
    abstract long operations();

    /** Whether input {@code i} is real: it becomes complex on its way. */
    abstract boolean isReal(int i);

    /** What is left to do with the result; does nothing unless there is something. */
    abstract void finish(ByteBuffer result);

    @Override
    public final void execute(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        try {
            run(inputTensors, outputTensors);
        } catch (AccelException e) {
            settings.logIfDeviceFailed(e);
            throw e;
        }
    }

    private void run(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        long begun = System.nanoTime();
        for (int i = 0; i < inputs.length; i++) {
            if (inputTensors[i].dtype() != inputs[i].dtype() || !inputTensors[i].hasSizes(inputSizes[i])) {
                throw new AccelException(
                        AccelException.Category.INVALID_INPUT,
                        settings.pe() + ": " + layer + ": input " + i + " should be " + inputs[i] + ", found "
                                + inputTensors[i]);
            }
        }
        outputTensors[0].resize(outputSizes);
        DmaBuffer work = scratch.acquire();
        try {
            for (int i = 0; i < inputs.length; i++) {
                addresses[i] = readable(inputTensors[i], work, i);
            }
            DmaBuffer output = own(outputTensors[0]);
            int staged = Math.toIntExact(inputs.length * paddedBytes());
            long bytes = (long) elements * COMPLEX_BYTES;
            if (output != null) {
                // What the CPU wrote there before must not be evicted over the result.
                output.syncForDevice(0, bytes);
            }
            long started = System.nanoTime();
            cycles = compute(addresses, output != null ? output.physicalAddress() : work.physicalAddress() + staged);
            long engineNanos = System.nanoTime() - started;
            settings.log().done(1, cycles, operations());
            ByteBuffer target = outputTensors[0].host().bytes();
            if (output != null) {
                output.syncForCpu(0, bytes);
            } else {
                work.syncForCpu(staged, bytes);
                target.put(0, work.bytes(), staged, (int) bytes);
            }
            finish(target);
            hostNanos = System.nanoTime() - begun - engineNanos;
        } finally {
            scratch.release();
        }
    }

    /** The tensor's memory if this device's engines reach it. */
    private @Nullable DmaBuffer own(TensorBuffer tensor) {
        return tensor.storage() instanceof DmaBuffer buffer && buffer.pool() == settings.pool() ? buffer : null;
    }

    /** Where the engine can read an operand now. */
    private long readable(TensorBuffer tensor, DmaBuffer work, int index) throws AccelException {
        long bytes = (long) elements * COMPLEX_BYTES;
        DmaBuffer buffer = own(tensor);
        // An odd number of elements makes an engine read the 8 bytes behind them: they are in the buffer's last cache
        // line.
        if (buffer != null && !isReal(index)) {
            buffer.syncForDevice(0, bytes);
            return buffer.physicalAddress();
        }
        int at = Math.toIntExact(index * paddedBytes());
        ByteBuffer source = tensor.host().bytes();
        if (isReal(index)) {
            for (int i = 0; i < elements; i++) {
                work.bytes().putFloat(at + COMPLEX_BYTES * i, source.getFloat(Float.BYTES * i));
                work.bytes().putFloat(at + COMPLEX_BYTES * i + Float.BYTES, 0f);
            }
        } else {
            work.bytes().put(at, source, 0, (int) bytes);
        }
        work.syncForDevice(at, bytes);
        return work.physicalAddress() + at;
    }

    /** What the last execution would have taken if the engine's cycles had passed at its clock. */
    final long nanosAtClock() {
        return hostNanos + Math.round(cycles * 1e9 / settings.clockHz());
    }

    @Override
    public long residentBytes() {
        return scratch.share();
    }

    @Override
    public void close() {
        scratch.giveBack();
    }

    /** A kernel whose engine is simulated. */
    static final class Simulated implements ModelledTime, MemoryFootprint {
        private final SignalKernel kernel;

        Simulated(SignalKernel kernel) {
            this.kernel = kernel;
        }

        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            kernel.execute(inputs, outputs);
        }

        @Override
        public long modelledNanos() {
            return kernel.nanosAtClock();
        }

        @Override
        public long residentBytes() {
            return kernel.residentBytes();
        }

        @Override
        public void close() {
            kernel.close();
        }
    }
}
