// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceBuffer;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A real PE that computes slowly and rightly, and misbehaves on request. */
public final class FakePe implements ProcessingElement {

    private final PeDescriptor descriptor;
    private final ReferenceProcessingElement computing;
    private final Predicate<Layer> supported;
    private final DeviceMemory memory;

    /** Fails that many executions. */
    public final AtomicInteger failures = new AtomicInteger();

    private final AtomicInteger ownCopies = new AtomicInteger();

    private volatile Category failureCategory = Category.KERNEL_FAILED;

    /** While set, every execution waits for it after announcing itself. */
    private final AtomicReference<@Nullable Hold> hold = new AtomicReference<>();

    private volatile UnaryOperator<Kernel> abilities = kernel -> kernel;

    public final AtomicInteger executions = new AtomicInteger();
    public final AtomicInteger openKernels = new AtomicInteger();

    /** Stops executions in their tracks. */
    public static final class Hold {
        public final CountDownLatch entered = new CountDownLatch(1);
        public final CountDownLatch released = new CountDownLatch(1);
    }

    private FakePe(String id, String type, Predicate<Layer> supported, DeviceMemory memory) {
        descriptor = new PeDescriptor(id, type, 1, 1e9, 1e9, 1_000);
        computing = new ReferenceProcessingElement(id);
        this.supported = supported;
        this.memory = memory;
    }

    /** Runs everything the reference knows, in host memory. */
    public static FakePe cpu(String id) {
        return new FakePe(id, "cpu", layer -> true, HostMemory.get());
    }

    /** As {@link #cpu}, of another type. */
    public static FakePe cpu(String id, String type) {
        return new FakePe(id, type, layer -> true, HostMemory.get());
    }

    /** Runs layers with these operator names, in host memory. */
    public static FakePe accelerator(String id, String... ops) {
        return new FakePe(id, "accel", named(ops), HostMemory.get());
    }

    /** As {@link #accelerator}, of a type of PE. */
    public static FakePe acceleratorOf(String type, String id, String... ops) {
        return new FakePe(id, type, named(ops), HostMemory.get());
    }

    /** Runs layers with these operator names, in memory of its own. */
    public static FakePe device(String id, String... ops) {
        return new FakePe(id, "device-" + id, named(ops), new SeparateMemory(new MemorySpace(id)));
    }

    /** Runs layers with these operator names, in the memory of another device. */
    public static FakePe beside(FakePe other, String id, String... ops) {
        return new FakePe(id, "device-" + id, named(ops), other.memory);
    }

    private static Predicate<Layer> named(String... ops) {
        return layer -> Arrays.asList(ops).contains(layer.op().name());
    }

    /** Copies from and to its own memory, without those that its kernels make to compute at all. */
    public int copies() {
        return memory instanceof SeparateMemory separate ? separate.copies.get() - ownCopies.get() : 0;
    }

    /** Kernels prepared from now on get abilities. */
    public void kernels(UnaryOperator<Kernel> wrapping) {
        abilities = wrapping;
    }

    public void failNext(int count, Category category) {
        failureCategory = category;
        failures.set(count);
    }

    public Hold hold() {
        Hold next = new Hold();
        hold.set(next);
        return next;
    }

    public void release(Hold held) {
        hold.set(null);
        held.released.countDown();
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public DeviceMemory memory() {
        return memory;
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return supported.test(layer)
                ? computing.supports(graph, layer)
                : Support.no(Support.Cause.OPERATOR, "not among its operators");
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        Kernel kernel = computing.prepare(segment);
        openKernels.incrementAndGet();
        return abilities.apply(new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                executions.incrementAndGet();
                ownCopies.addAndGet(inputs.length + outputs.length);
                Hold held = hold.get();
                if (held != null) {
                    held.entered.countDown();
                    awaitRelease(held);
                }
                if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                    throw new AccelException(failureCategory, descriptor.id() + ": fails as it was told to");
                }
                TensorBuffer[] hostInputs = new TensorBuffer[inputs.length];
                TensorBuffer[] hostOutputs = new TensorBuffer[outputs.length];
                for (int i = 0; i < inputs.length; i++) {
                    hostInputs[i] = onHost(inputs[i]);
                }
                for (int i = 0; i < outputs.length; i++) {
                    hostOutputs[i] = new TensorBuffer(outputs[i].dtype(), HostMemory.get());
                }
                kernel.execute(hostInputs, hostOutputs);
                for (int i = 0; i < outputs.length; i++) {
                    outputs[i].resize(hostOutputs[i].sizes());
                    memory.upload(hostOutputs[i].host(), outputs[i].storage(), outputs[i].sizeBytes());
                }
            }

            @Override
            public void close() {
                openKernels.decrementAndGet();
                kernel.close();
            }
        });
    }

    private static void awaitRelease(Hold held) {
        boolean interrupted = false;
        while (true) {
            try {
                held.released.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private TensorBuffer onHost(TensorBuffer input) throws AccelException {
        TensorBuffer copy = new TensorBuffer(input.dtype(), HostMemory.get());
        copy.resize(input.sizes());
        memory.download(input.storage(), copy.host(), input.sizeBytes());
        return copy;
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }

    /** Memory that only copies reach, and that refuses buffers of others. */
    private static final class SeparateMemory implements DeviceMemory {
        private final MemorySpace space;
        private final AtomicInteger copies = new AtomicInteger();

        SeparateMemory(MemorySpace space) {
            this.space = space;
        }

        private static final class Block implements DeviceBuffer {
            final SeparateMemory owner;
            final byte[] bytes;

            Block(SeparateMemory owner, long sizeBytes) {
                this.owner = owner;
                this.bytes = new byte[Math.toIntExact(sizeBytes)];
            }

            @Override
            public long sizeBytes() {
                return bytes.length;
            }

            @Override
            public void close() {}
        }

        @Override
        public MemorySpace space() {
            return space;
        }

        @Override
        public DeviceBuffer allocate(long sizeBytes) {
            return new Block(this, sizeBytes);
        }

        @Override
        public void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) {
            copies.incrementAndGet();
            source.bytes().get(0, mine(target), 0, Math.toIntExact(sizeBytes));
        }

        @Override
        public void download(DeviceBuffer source, HostBuffer target, long sizeBytes) {
            copies.incrementAndGet();
            target.bytes().put(0, mine(source), 0, Math.toIntExact(sizeBytes));
        }

        private byte[] mine(DeviceBuffer buffer) {
            if (buffer instanceof Block block && block.owner == this) {
                return block.bytes;
            }
            throw new IllegalArgumentException(space + " was given a buffer of another memory");
        }
    }
}
