// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.lowering.Lowering;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.TaskGraph.Task;

/** A model cut as the core cuts it, every task on the accelerator where that supports it and on the CPU elsewhere, run one after the other. */
final class MixedDeployment implements AutoCloseable {

    private static final String CPU = "cpu";
    private static final String ACCELERATOR = "accelerator";

    private record Step(Kernel kernel, List<Integer> inputs, List<Integer> outputs, boolean accelerated) {}

    private final LayerGraph graph;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Integer, TensorBuffer> values = new HashMap<>();

    /** @param accelerator null for the CPU alone */
    MixedDeployment(
            LayerGraph model, ProcessingElement cpu, @Nullable AdjustablePrecision accelerator, Precision precision)
            throws AccelException {
        TaskGraph cut = cut(model, cpu, accelerator);
        graph = cut.graph();
        for (Task task : cut.tasks()) {
            if (task.kind() != TaskGraph.Kind.PE) {
                throw new IllegalArgumentException("this test runs no tasks of the core: " + task.label());
            }
            boolean accelerated = task.peTypes().contains(ACCELERATOR);
            Kernel kernel = accelerated && accelerator != null
                    ? accelerator.prepare(task.segment(), precision)
                    : cpu.prepare(task.segment());
            steps.add(new Step(kernel, task.segment().inputs(), TaskGraph.outputIds(task.segment()), accelerated));
        }
    }

    static TaskGraph cut(LayerGraph model, ProcessingElement cpu, @Nullable ProcessingElement accelerator) {
        LayerGraph lowered = Lowering.lower(
                        model, (graph, layer) -> cpu.supports(graph, layer).isSupported())
                .graph();
        return TaskGraph.cut(
                lowered, DeployOptions.Granularity.SEGMENT, layer -> supporters(lowered, layer, cpu, accelerator));
    }

    private static Set<String> supporters(
            LayerGraph graph, Layer layer, ProcessingElement cpu, @Nullable ProcessingElement accelerator) {
        Set<String> types = new TreeSet<>();
        if (cpu.supports(graph, layer).isSupported()) {
            types.add(CPU);
        }
        if (accelerator != null && accelerator.supports(graph, layer).isSupported()) {
            types.add(ACCELERATOR);
        }
        return types;
    }

    /** Tasks on the accelerator. */
    long accelerated() {
        return steps.stream().filter(Step::accelerated).count();
    }

    /** The model's outputs, flattened to real numbers. */
    List<double[]> run(Tensor input) throws AccelException {
        TensorBuffer first = buffer(graph.inputs().get(0));
        first.resize(input.sizes());
        first.host().bytes().put(0, input.toDense().bytes(), 0, (int) first.sizeBytes());
        for (Step step : steps) {
            step.kernel()
                    .execute(
                            step.inputs().stream().map(this::buffer).toArray(TensorBuffer[]::new),
                            step.outputs().stream().map(this::buffer).toArray(TensorBuffer[]::new));
        }
        List<double[]> outputs = new ArrayList<>();
        for (Argument output : graph.outputs()) {
            TensorBuffer buffer = buffer(((Argument.Ref) output).value());
            ByteBuffer copy =
                    ByteBuffer.allocateDirect((int) buffer.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
            copy.put(0, buffer.host().bytes(), 0, copy.capacity());
            outputs.add(Tensor.dense(buffer.dtype(), buffer.sizes(), copy).toDoubles());
        }
        return outputs;
    }

    private TensorBuffer buffer(int value) {
        return values.computeIfAbsent(
                value,
                id -> graph.value(id).type() instanceof TensorSpec spec
                        ? new TensorBuffer(spec.dtype(), HostMemory.get())
                        : new TensorBuffer(HostMemory.get()));
    }

    @Override
    public void close() {
        steps.forEach(step -> step.kernel().close());
        values.values().forEach(TensorBuffer::close);
    }
}
