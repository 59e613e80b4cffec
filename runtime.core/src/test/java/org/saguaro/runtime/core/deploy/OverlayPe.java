// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A {@link FakePe} on programmable logic, which its {@link Logic} must hold when its kernels run. */
public record OverlayPe(FakePe fake, PeShape shape, Logic logic) implements Reconfigurable {

    /** A PE of group {@code pl}, in its overlay, for layers with these operator names. */
    public static OverlayPe of(Logic logic, String overlay, String id, String... ops) {
        FakePe fake = FakePe.acceleratorOf(overlay, id, ops);
        fake.kernels(kernel -> new Watched(kernel, overlay, logic));
        return new OverlayPe(fake, new PeShape("pl", overlay), logic);
    }

    /** Programmable logic: one overlay at a time. Counts what must not happen. */
    public static final class Logic {
        public final List<String> loads = Collections.synchronizedList(new ArrayList<>());
        public final Set<String> broken = Collections.synchronizedSet(new HashSet<>());
        public final AtomicInteger violations = new AtomicInteger();
        public final long configurationNanos;
        private final AtomicInteger running = new AtomicInteger();
        private volatile @Nullable String loaded;

        public Logic(long configurationNanos) {
            this.configurationNanos = configurationNanos;
        }

        public @Nullable String loaded() {
            return loaded;
        }

        void load(String overlay) throws AccelException {
            loads.add(overlay);
            loaded = null;
            if (running.get() > 0) {
                violations.incrementAndGet();
            }
            if (broken.contains(overlay)) {
                throw new AccelException(Category.DEVICE_LOST, overlay + " is broken");
            }
            loaded = overlay;
        }
    }

    /** What it takes is as on a device: a tenth of a millisecond. */
    private record Watched(Kernel kernel, String overlay, Logic logic) implements ModelledTime {
        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            logic.running.incrementAndGet();
            try {
                if (!overlay.equals(logic.loaded)) {
                    logic.violations.incrementAndGet();
                }
                kernel.execute(inputs, outputs);
                if (!overlay.equals(logic.loaded)) {
                    logic.violations.incrementAndGet();
                }
            } finally {
                logic.running.decrementAndGet();
            }
        }

        @Override
        public long modelledNanos() {
            return 100_000;
        }

        @Override
        public void close() {
            kernel.close();
        }
    }

    @Override
    public void configure() throws AccelException {
        if (!shape.name().equals(logic.loaded())) {
            logic.load(shape.name());
        }
    }

    @Override
    public long configurationNanos() {
        return logic.configurationNanos;
    }

    @Override
    public PeDescriptor descriptor() {
        return fake.descriptor();
    }

    @Override
    public DeviceMemory memory() {
        return fake.memory();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return fake.supports(graph, layer);
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return fake.prepare(segment);
    }

    @Override
    public WorkerScope openWorker() {
        return fake.openWorker();
    }
}
