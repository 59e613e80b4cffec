// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * SPI: a unit that runs one kernel at a time: a CPU core, an FPGA engine, a GPU stream. Registered as a service by an
 * accelerator's bundle; unregistering it takes the PE away, at any time, under load.
 *
 * <p>{@link #descriptor}, {@link #memory}, {@link #supports} and {@link #prepare} are called from any thread, also while a
 * kernel runs. {@link #openWorker} and kernels run on the worker thread, which the core owns.
 */
@ConsumerType
public interface ProcessingElement {

    /** What it is; always the same. */
    PeDescriptor descriptor();

    /** Where its kernels' tensors live; always the same. */
    DeviceMemory memory();

    /**
     * Whether it can run {@code layer}. Cheap, without side effects, and the same answer every time.
     *
     * @param graph the graph that the layer's value ids belong to
     */
    Support supports(LayerGraph graph, Layer layer);

    /**
     * Makes a kernel of a segment whose layers it all supports. May be slow (weights are packed, variants are measured).
     *
     * @param segment a convex part of a model; its weights stay readable until the kernel is closed
     * @throws AccelException {@code UNSUPPORTED} if the layers cannot be combined, {@code RESOURCE_EXHAUSTED} if the device is full
     */
    Kernel prepare(LayerGraph segment) throws AccelException;

    /**
     * Called by the worker thread before its first kernel: bind the thread to a core or a device context here.
     *
     * @return closed by the same thread after its last kernel
     * @throws AccelException if the thread cannot serve the device
     */
    WorkerScope openWorker() throws AccelException;

    /** What {@link #openWorker} opened. */
    @ConsumerType
    interface WorkerScope extends AutoCloseable {
        /** Nothing to undo. */
        WorkerScope NOTHING = () -> {};

        @Override
        void close();
    }
}
