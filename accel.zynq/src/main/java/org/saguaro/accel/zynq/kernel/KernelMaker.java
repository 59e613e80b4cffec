// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** What one kind of engine runs, as {@link org.saguaro.accel.api.ProcessingElement} asks for it. Any thread. */
public interface KernelMaker {

    /** Whether the engine can run the layer. */
    Support supports(LayerGraph graph, Layer layer);

    /**
     * A kernel of the segment.
     *
     * @param precision in which products are computed, if there are any
     * @throws AccelException as {@link org.saguaro.accel.api.ProcessingElement#prepare}
     */
    Kernel prepare(LayerGraph segment, Precision precision) throws AccelException;
}
