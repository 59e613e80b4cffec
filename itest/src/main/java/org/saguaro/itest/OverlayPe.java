// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** An engine for ReLU in an overlay of programmable logic; what it would take on a device is next to nothing. */
final class OverlayPe implements Reconfigurable {

    /** Programmable logic: holds one overlay at a time. Counts what must not happen. */
    static final class Logic {
        final AtomicInteger violations = new AtomicInteger();
        final AtomicInteger loads = new AtomicInteger();
        volatile String broken = "";
        private final AtomicInteger running = new AtomicInteger();
        private volatile @Nullable String loaded;

        private void load(String overlay) throws AccelException {
            loads.incrementAndGet();
            loaded = null;
            if (running.get() > 0) {
                violations.incrementAndGet();
            }
            if (overlay.equals(broken)) {
                throw new AccelException(Category.DEVICE_LOST, overlay + " is broken");
            }
            loaded = overlay;
        }
    }

    private final String overlay;
    private final Logic logic;
    private final AtomicInteger executions = new AtomicInteger();

    OverlayPe(String overlay, Logic logic) {
        this.overlay = overlay;
        this.logic = logic;
    }

    int executions() {
        return executions.get();
    }

    @Override
    public PeShape shape() {
        return new PeShape("pl", overlay);
    }

    @Override
    public void configure() throws AccelException {
        if (!overlay.equals(logic.loaded)) {
            logic.load(overlay);
        }
    }

    @Override
    public long configurationNanos() {
        return 5_000_000;
    }

    @Override
    public PeDescriptor descriptor() {
        return new PeDescriptor(overlay + ".relu0", "overlay-relu", 1, 1e12, 1e12, 1);
    }

    @Override
    public HostMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        if (!layer.op().isAten("relu")) {
            return Support.no(Support.Cause.OPERATOR, "runs relu, found " + layer.op());
        }
        return graph.value(layer.outputs().get(0)).type() instanceof TensorSpec result
                        && result.shape().isStatic()
                        && result.dtype() == DType.FLOAT32
                ? Support.yes()
                : Support.no(Support.Cause.SHAPE, "the result must be float32 of a size known in advance");
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        if (segment.layers().size() != 1) {
            throw new AccelException(Category.UNSUPPORTED, "runs one layer at a time");
        }
        return new Relu(segment.tensor(segment.inputs().get(0)).shape().sizes());
    }

    private final class Relu implements ModelledTime {
        private final long[] sizes;

        Relu(long[] sizes) {
            this.sizes = sizes;
        }

        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            executions.incrementAndGet();
            logic.running.incrementAndGet();
            try {
                check();
                outputs[0].resize(DType.FLOAT32, sizes);
                ByteBuffer source = inputs[0].host().bytes();
                ByteBuffer target = outputs[0].host().bytes();
                for (int at = 0; at < outputs[0].sizeBytes(); at += Float.BYTES) {
                    target.putFloat(at, Math.max(0, source.getFloat(at)));
                }
                check();
            } finally {
                logic.running.decrementAndGet();
            }
        }

        private void check() {
            if (!overlay.equals(logic.loaded)) {
                logic.violations.incrementAndGet();
            }
        }

        @Override
        public long modelledNanos() {
            return 1;
        }

        @Override
        public void close() {
            // Owns nothing.
        }
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }
}
