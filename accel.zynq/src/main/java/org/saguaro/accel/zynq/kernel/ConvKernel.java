// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.CalibratedKernel;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.MemoryFootprint;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** A segment of {@link Unit}s on a convolution engine, one after the other. */
class ConvKernel implements CalibratedKernel, MemoryFootprint {

    /** A tensor of the caller, and the place where units look for it. */
    private static final class Port {
        final int slot;
        final TensorSpec spec;
        final long[] sizes;

        Port(int slot, TensorSpec spec) {
            this.slot = slot;
            this.spec = spec;
            sizes = spec.shape().sizes();
        }
    }

    /** A unit and the places of its operands; -1 for none. */
    private record Step(UnitKernel kernel, int input, int weights, int other, int output) {}

    private final KernelSettings settings;
    private final EngineSource<ConvEngine> source;
    private final String segment;
    private final Step[] steps;
    private final Port[] inputs;
    private final Port[] outputs;
    private final @Nullable ByteBuffer[] slots;
    /** Values that pass from unit to unit. */
    private final TensorBuffer[] inner;

    private long cycles;
    private long hostNanos;

    /** @param kernels of all units, now owned by this */
    ConvKernel(
            KernelSettings settings,
            EngineSource<ConvEngine> source,
            LayerGraph graph,
            List<UnitKernel> kernels,
            List<Integer> given)
            throws AccelException {
        this.settings = settings;
        this.source = source;
        segment = graph.name();
        Map<Integer, Integer> slotOf = new HashMap<>();
        inputs = graph.inputs().stream().map(id -> port(graph, id, slotOf)).toArray(Port[]::new);
        outputs = given.stream().map(id -> port(graph, id, slotOf)).toArray(Port[]::new);
        steps = kernels.stream().map(kernel -> step(graph, kernel, slotOf)).toArray(Step[]::new);
        slots = new ByteBuffer[slotOf.size()];
        List<Integer> passed = kernels.stream()
                .map(kernel -> kernel.unit().output())
                .filter(value -> !given.contains(value))
                .toList();
        inner = new TensorBuffer[passed.size()];
        Arrays.setAll(inner, i -> new TensorBuffer(DType.FLOAT32, HostMemory.get()));
        try {
            for (int i = 0; i < inner.length; i++) {
                inner[i].resize(graph.tensor(passed.get(i)).shape().sizes());
                slots[slot(slotOf, passed.get(i))] = inner[i].host().bytes();
            }
        } catch (AccelException e) {
            closeInner();
            throw e;
        }
    }

    private static Port port(LayerGraph graph, int id, Map<Integer, Integer> slotOf) {
        return new Port(slot(slotOf, id), graph.tensor(id));
    }

    private static Step step(LayerGraph graph, UnitKernel kernel, Map<Integer, Integer> slotOf) {
        Unit unit = kernel.unit();
        Product product = unit.product();
        Residual residual = unit.residual();
        return new Step(
                kernel,
                slot(slotOf, product.input()),
                graph.weight(product.weights()) == null ? slot(slotOf, product.weights()) : -1,
                residual == null ? -1 : slot(slotOf, residual.other()),
                slot(slotOf, unit.output()));
    }

    private static int slot(Map<Integer, Integer> slotOf, int value) {
        return slotOf.computeIfAbsent(value, absent -> slotOf.size());
    }

    @Override
    public void calibrate(TensorBuffer[] tensors) throws AccelException {
        accept(tensors);
        for (Step step : steps) {
            for (Port port : inputs) {
                if (port.slot == step.input()) {
                    step.kernel().calibrate(buffer(step.input()));
                }
            }
        }
    }

    @Override
    public void execute(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        try {
            run(inputTensors, outputTensors);
        } catch (AccelException e) {
            settings.logIfDeviceFailed(e);
            throw e;
        }
    }

    private void run(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        long begun = System.nanoTime();
        accept(inputTensors);
        for (int i = 0; i < outputs.length; i++) {
            outputTensors[i].resize(outputs[i].sizes);
            slots[outputs[i].slot] = outputTensors[i].host().bytes();
        }
        ConvEngine engine = source.engine();
        long engineNanos = 0;
        long done = 0;
        for (Step step : steps) {
            ByteBuffer output = buffer(step.output());
            step.kernel()
                    .execute(
                            engine,
                            buffer(step.input()),
                            step.weights() < 0 ? output : buffer(step.weights()),
                            step.other() < 0 ? output : buffer(step.other()),
                            output);
            done += step.kernel().cycles();
            engineNanos += step.kernel().engineNanos();
        }
        cycles = done;
        hostNanos = System.nanoTime() - begun - engineNanos;
    }

    private void accept(TensorBuffer[] tensors) throws AccelException {
        for (int i = 0; i < inputs.length; i++) {
            Port port = inputs[i];
            if (tensors[i].dtype() != port.spec.dtype() || !tensors[i].hasSizes(port.sizes)) {
                throw new AccelException(
                        AccelException.Category.INVALID_INPUT,
                        settings.pe() + ": " + segment + ": input " + i + " should be " + port.spec + ", found "
                                + tensors[i]);
            }
            slots[port.slot] = tensors[i].host().bytes();
        }
    }

    private ByteBuffer buffer(int slot) {
        ByteBuffer buffer = slots[slot];
        if (buffer == null) {
            throw new IllegalStateException("a value is read before it is made");
        }
        return buffer;
    }

    /** What the last execution would have taken if the engine's cycles had passed at its clock. */
    final long nanosAtClock() {
        return hostNanos + Math.round(cycles * 1e9 / settings.clockHz());
    }

    @Override
    public long residentBytes() {
        return Arrays.stream(steps)
                        .mapToLong(step -> step.kernel().residentBytes())
                        .sum()
                + Arrays.stream(inner).mapToLong(TensorBuffer::sizeBytes).sum();
    }

    @Override
    public void close() {
        for (Step step : steps) {
            step.kernel().close();
        }
        closeInner();
    }

    private void closeInner() {
        for (TensorBuffer tensor : inner) {
            tensor.close();
        }
    }
}
