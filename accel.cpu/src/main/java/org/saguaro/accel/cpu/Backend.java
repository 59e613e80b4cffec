// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A libtorch and a way to call it. CPU PEs of one backend share what it prepares. Thread-safe. */
public interface Backend {

    /** Whether it can run the layer; cheap, and the same answer every time. */
    Support supports(LayerGraph graph, Layer layer);

    /**
     * Makes a kernel of a segment whose layers it all supports.
     *
     * @param device id of the PE, for messages
     * @param threads that the kernel uses
     * @throws AccelException {@code UNSUPPORTED} if the layers cannot be combined, {@code RESOURCE_EXHAUSTED} if there is no room
     */
    Kernel compile(String device, int threads, LayerGraph segment) throws AccelException;

    /**
     * Readies the calling thread for kernels of so many threads.
     *
     * @return closed by the same thread after its last kernel
     */
    ProcessingElement.WorkerScope openThread(int threads);
}
