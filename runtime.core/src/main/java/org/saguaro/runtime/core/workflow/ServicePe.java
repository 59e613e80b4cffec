// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.TensorService;

/**
 * The processing element of one service of an application: runs the layers {@code service.NAME} and nothing else. So a service has a
 * worker thread, a queue, measured costs and a line in the trace like any accelerator, and may come and go.
 */
public final class ServicePe implements DynamicTensors {

    /** Of the layers that services run. */
    static final String NAMESPACE = "service";

    /** Nothing is known of a service before it ran: the prior of its cost is that of a small layer on a slow core. */
    private static final double OPERATIONS_PER_SECOND = 1e9;

    private static final double BYTES_PER_SECOND = 1e9;
    private static final long LAUNCH_NANOS = 20_000;

    private final String name;
    private final TensorService service;
    private final PeDescriptor descriptor;

    /**
     * A PE.
     *
     * @param name of the service
     * @param id of the PE
     */
    public ServicePe(String name, String id, TensorService service) {
        this.name = name;
        this.service = service;
        descriptor = new PeDescriptor(
                id, PlacementReport.SERVICE_PREFIX + name, 1, OPERATIONS_PER_SECOND, BYTES_PER_SECOND, LAUNCH_NANOS);
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
        return layer.op().namespace().equals(NAMESPACE) && layer.op().name().equals(name)
                ? Support.yes()
                : Support.no(Support.Cause.OPERATOR, "the service " + name + " runs its own steps only");
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return new Calls(segment);
    }

    /** Calls the service once per layer of a segment. */
    private final class Calls implements Kernel {
        private final LayerGraph segment;
        private final List<Integer> leaving = new ArrayList<>();

        Calls(LayerGraph segment) {
            this.segment = segment;
            segment.outputs().forEach(output -> Layer.forEachRef(output, leaving::add));
        }

        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            Map<Integer, Tensor> values = new HashMap<>();
            for (int i = 0; i < inputs.length; i++) {
                values.put(segment.inputs().get(i), view(inputs[i]));
            }
            for (Weight weight : segment.weights()) {
                values.put(weight.value(), weight.data().toDense());
            }
            for (Layer layer : segment.layers()) {
                List<Tensor> results = call(layer, values);
                boolean again = segment.layers().size() > 1;
                for (int i = 0; i < results.size(); i++) {
                    // The service may use its memory again in its next call.
                    values.put(layer.outputs().get(i), again ? copy(results.get(i)) : results.get(i));
                }
            }
            for (int i = 0; i < outputs.length; i++) {
                Tensor result = values.get(leaving.get(i));
                if (result == null) {
                    throw new IllegalStateException("no layer of the segment makes " + leaving.get(i));
                }
                Tensor dense = result.toDense();
                outputs[i].resize(dense.dtype(), dense.sizes());
                int length = Math.toIntExact(outputs[i].sizeBytes());
                outputs[i].host().bytes().put(0, dense.bytes(), 0, length);
            }
        }

        private List<Tensor> call(Layer layer, Map<Integer, Tensor> values) throws AccelException {
            List<Tensor> arguments = new ArrayList<>();
            Argument inputs = layer.argument("inputs");
            if (inputs != null) {
                Layer.forEachRef(inputs, id -> {
                    Tensor value = values.get(id);
                    if (value == null) {
                        throw new IllegalStateException("nothing makes the value " + id);
                    }
                    arguments.add(value);
                });
            }
            List<Tensor> results;
            try {
                results = service.call(List.copyOf(arguments));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AccelException(Category.KERNEL_FAILED, "service " + name + " was interrupted", e);
            } catch (Exception | LinkageError e) {
                String reason = e.getMessage() == null ? e.toString() : e.getMessage();
                throw new AccelException(Category.INVALID_INPUT, "service " + name + ": " + reason, e);
            }
            check(layer, results);
            return results;
        }

        /** Another bundle's code may return anything. */
        private void check(Layer layer, @Nullable List<Tensor> results) throws AccelException {
            int expected = layer.outputs().size();
            if (results == null || results.size() != expected) {
                throw wrong((results == null ? "null" : results.size() + " tensors") + ", expected " + expected
                        + " as the workflow says");
            }
            for (int i = 0; i < expected; i++) {
                Tensor result = results.get(i);
                if (result == null) {
                    throw wrong("null as output " + i + ", expected a tensor");
                }
                if (segment.value(layer.outputs().get(i)).type() instanceof TensorSpec spec
                        && (result.dtype() != spec.dtype() || !spec.shape().accepts(result.sizes()))) {
                    throw wrong(result + " as output " + i + ", expected " + spec + " as the workflow says");
                }
            }
        }

        private AccelException wrong(String found) {
            return new AccelException(Category.INVALID_INPUT, "service " + name + " returned " + found);
        }

        @Override
        public void close() {}
    }

    /** The buffer itself: nothing is copied. */
    private static Tensor view(TensorBuffer buffer) {
        return Tensor.dense(buffer.dtype(), buffer.sizes(), buffer.host().bytes());
    }

    private static Tensor copy(Tensor tensor) {
        Tensor dense = tensor.toDense();
        int length = Math.toIntExact(dense.elementCount() * dense.dtype().sizeBytes());
        ByteBuffer bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0, dense.bytes(), 0, length);
        return Tensor.dense(dense.dtype(), dense.sizes(), bytes);
    }
}
