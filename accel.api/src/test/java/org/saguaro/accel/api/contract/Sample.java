// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/**
 * A segment with what is needed to try it out.
 *
 * @param graph the segment; all inputs and outputs are tensors or numbers
 * @param tolerance allowed difference, relative to values of magnitude 1 or more, absolute below
 * @param inputs makes inputs for it
 * @param reference says what comes out
 */
public record Sample(LayerGraph graph, double tolerance, Inputs inputs, Reference reference) {

    /** Makes inputs that fit the segment; equal seeds give equal inputs. */
    @FunctionalInterface
    public interface Inputs {
        List<Tensor> make(long seed);
    }

    /** Computes the right outputs, in the order of the segment's. */
    @FunctionalInterface
    public interface Reference {
        List<Tensor> run(LayerGraph graph, List<Tensor> inputs);
    }

    public Sample {
        for (Argument output : graph.outputs()) {
            if (!(output instanceof Argument.Ref)) {
                throw new IllegalArgumentException(
                        graph.name() + ": a sample's outputs must be values, found " + output);
            }
        }
    }

    /** A sample with random inputs, of which every tensor has a known type, whose layers the {@link ReferenceInterpreter} knows. */
    public static Sample of(LayerGraph graph, double tolerance) {
        return new Sample(graph, tolerance, seed -> randomInputs(graph, seed), new ReferenceInterpreter());
    }

    /** This sample with other inputs. */
    public Sample withInputs(Inputs replacement) {
        return new Sample(graph, tolerance, replacement, reference);
    }

    /** The segment's name. */
    public String name() {
        return graph.name();
    }

    /** Whether the reference can compute it: it knows the operators and element types, and there is memory for it. */
    boolean isExecutable() {
        return graph.inputs().stream()
                        .allMatch(id ->
                                !(graph.value(id).type() instanceof TensorSpec spec) || TensorValues.canHold(spec))
                && graph.layers().stream().allMatch(layer -> ReferenceInterpreter.knows(layer.op()));
    }

    /** Uniform in [-1, 1] (integers: -100 to 100); a symbolic size is drawn between its bounds, at most 8 above the lower. */
    private static List<Tensor> randomInputs(LayerGraph graph, long seed) {
        Random random = new Random(seed);
        List<Tensor> tensors = new ArrayList<>();
        for (int id : graph.inputs()) {
            if (graph.value(id).type() instanceof ScalarType number) {
                tensors.add(TensorValues.random(TensorValues.carrier(number), new long[0], random));
            } else {
                TensorSpec spec = graph.tensor(id);
                tensors.add(TensorValues.random(spec.dtype(), sizes(spec.shape(), seed), random));
            }
        }
        return tensors;
    }

    private static long[] sizes(Shape shape, long seed) {
        return shape.dims().stream()
                .mapToLong(dim -> dim.fixedSize().orElseGet(() -> firstAccepted(dim, Math.floorMod(seed * 3, 8))))
                .toArray();
    }

    private static long firstAccepted(Dim dim, long wanted) {
        for (long size = wanted; size >= 0; size--) {
            if (dim.accepts(size)) {
                return size;
            }
        }
        for (long size = wanted; size < 4096; size++) {
            if (dim.accepts(size)) {
                return size;
            }
        }
        throw new IllegalArgumentException("no size below 4096 fits " + dim + ": give the sample inputs of its own");
    }
}
