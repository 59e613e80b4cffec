// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.json.Located.Position;

/**
 * A tensor that a built-in step reads.
 *
 * @param value its id
 * @param spec its type; null if nothing is known of it before it is there
 * @param from what the description calls it
 * @param at where the description says that it is read
 */
record Operand(int value, @Nullable TensorSpec spec, String from, Position at, String place) {

    StageException wrong(String expected) {
        return new StageException(
                at,
                place,
                "found " + from + ", a " + (spec == null ? "tensor of unknown type" : spec) + ", expected " + expected);
    }

    /** For steps that cannot do without. */
    TensorSpec known() throws StageException {
        if (spec == null) {
            throw wrong("a tensor whose element type and shape are known when the workflow is deployed");
        }
        return spec;
    }

    /** A step on real floating-point numbers. */
    void requireFloat() throws StageException {
        if (spec != null && !spec.dtype().isFloatingPoint()) {
            throw wrong("floating-point numbers (use scale or cast before)");
        }
    }

    void requireRank(int least, int most, String shape) throws StageException {
        if (spec != null && (spec.shape().rank() < least || spec.shape().rank() > most)) {
            throw wrong("the shape " + shape);
        }
    }

    /** The axis counted from the first, or as it is if the rank is not known. */
    int axis(Description.Parameters parameters) throws StageException {
        return axis(parameters, spec == null ? -1 : spec.shape().rank());
    }

    /** The axis counted from the first of {@code rank}, or as it is if that is negative. */
    static int axis(Description.Parameters parameters, int rank) throws StageException {
        int axis = (int) parameters.integer("axis");
        if (rank < 0) {
            return axis;
        }
        if (axis < -rank || axis >= rank) {
            throw parameters.wrong(
                    "axis",
                    "found " + axis + ", expected an axis of " + rank + " dimensions: from " + -rank + " to "
                            + (rank - 1));
        }
        return axis < 0 ? axis + rank : axis;
    }

    Shape shape() throws StageException {
        return known().shape();
    }

    Dim dim(int axis) throws StageException {
        return shape().dims().get(axis);
    }

    DType dtype() throws StageException {
        return known().dtype();
    }
}
