// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Prepared code for one segment on one PE: weights transformed and uploaded, work space planned.
 *
 * <p>Made by {@link ProcessingElement#prepare}, owned and closed by the core, and closed before its PE goes. Executed only by
 * the PE's worker thread, never by two threads at once.
 */
@ConsumerType
public interface Kernel extends AutoCloseable {

    /**
     * Runs the segment once and returns when the outputs are complete. Allocates nothing on the Java heap in steady state.
     * The work is a pure function of the inputs: after a failure the core runs it again elsewhere.
     *
     * @param inputs in the order of the segment's {@code inputs()}, in the PE's memory; read only
     * @param outputs in the order of the segment's {@code outputs()}, in the PE's memory; the kernel resizes and fills them
     * @throws AccelException if the outputs are not complete; their contents are then undefined. {@code INVALID_INPUT} if an
     *     input's element type or sizes do not fit the segment; the kernel can be executed again
     */
    void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException;

    /** Gives back weights and work space. Called once, from any thread, never during {@link #execute}. */
    @Override
    void close();
}
