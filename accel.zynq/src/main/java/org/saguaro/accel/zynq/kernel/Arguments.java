// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/** Reads a layer's arguments, and refuses what an engine cannot know in advance. */
final class Arguments {

    /** Elements of the largest tensor: float32 in one Java buffer. */
    private static final double MOST_ELEMENTS = 1 << 28;

    private final LayerGraph graph;
    private final Layer layer;

    Arguments(LayerGraph graph, Layer layer) {
        this.graph = graph;
        this.layer = layer;
    }

    /** The value of an operand that must be a tensor. */
    int tensor(String name) throws Refusal {
        if (layer.argument(name) instanceof Argument.Ref ref) {
            return ref.value();
        }
        throw new Refusal(Support.Cause.ATTRIBUTE, name + " must be a tensor, found " + describe(layer.argument(name)));
    }

    /** The only value that the layer makes. */
    int output() throws Refusal {
        if (layer.outputs().size() != 1 || layer.outputs().get(0) == Value.NONE) {
            throw new Refusal(
                    Support.Cause.ATTRIBUTE,
                    "makes one tensor, found " + layer.outputs().size());
        }
        return layer.outputs().get(0);
    }

    /** Sizes of a tensor that must be of this element type, of sizes known in advance, and not empty. */
    int[] sizes(int value, DType dtype) throws Refusal {
        if (!(graph.value(value).type() instanceof TensorSpec spec)) {
            throw new Refusal(
                    Support.Cause.DTYPE,
                    "needs " + dtype + " tensors of known type, found "
                            + graph.value(value).type());
        }
        if (spec.dtype() != dtype) {
            throw new Refusal(Support.Cause.DTYPE, "computes in " + dtype + ", found " + spec.dtype());
        }
        int[] sizes = new int[spec.shape().rank()];
        double elements = 1;
        for (int i = 0; i < sizes.length; i++) {
            long size = spec.shape().dims().get(i).fixedSize().orElse(-1);
            elements *= size;
            if (size < 1 || elements > MOST_ELEMENTS) {
                throw new Refusal(
                        Support.Cause.SHAPE,
                        "sizes must be known in advance, 1 or more, at most " + (long) MOST_ELEMENTS
                                + " elements together, found " + spec.shape());
            }
            sizes[i] = (int) size;
        }
        return sizes;
    }

    /** A list of so many integers; one integer stands for all. */
    int[] integers(String name, int count) throws Refusal {
        if (layer.argument(name) instanceof Argument.Int integer) {
            int[] all = new int[count];
            Arrays.fill(all, small(name, integer.value()));
            return all;
        }
        if (layer.argument(name) instanceof Argument.ListOf list
                && (list.elements().size() == count || list.elements().size() == 1)) {
            List<Argument> elements = list.elements();
            int[] integers = new int[count];
            for (int i = 0; i < count; i++) {
                if (!(elements.get(elements.size() == 1 ? 0 : i) instanceof Argument.Int integer)) {
                    throw new Refusal(Support.Cause.ATTRIBUTE, name + " must be known in advance");
                }
                integers[i] = small(name, integer.value());
            }
            return integers;
        }
        throw new Refusal(
                Support.Cause.ATTRIBUTE,
                name + " must be " + count + " integers, found " + describe(layer.argument(name)));
    }

    int integer(String name) throws Refusal {
        if (layer.argument(name) instanceof Argument.Int integer) {
            return small(name, integer.value());
        }
        throw new Refusal(
                Support.Cause.ATTRIBUTE, name + " must be an integer, found " + describe(layer.argument(name)));
    }

    boolean flag(String name) throws Refusal {
        if (layer.argument(name) instanceof Argument.Bool flag) {
            return flag.value();
        }
        throw new Refusal(Support.Cause.ATTRIBUTE, name + " must be known, found " + describe(layer.argument(name)));
    }

    /** A number; {@code absent} if it is none. */
    double number(String name, double absent) throws Refusal {
        Argument argument = layer.argument(name);
        if (isNone(name)) {
            return absent;
        }
        if (argument instanceof Argument.Real real) {
            return real.value();
        }
        if (argument instanceof Argument.Int integer) {
            return (double) integer.value();
        }
        throw new Refusal(Support.Cause.ATTRIBUTE, name + " must be a constant, found " + describe(argument));
    }

    @Nullable
    String text(String name) {
        return layer.argument(name) instanceof Argument.Text text ? text.value() : null;
    }

    boolean isNone(String name) {
        Argument argument = layer.argument(name);
        return argument == null || argument instanceof Argument.None;
    }

    private static int small(String name, long value) throws Refusal {
        if (value < Integer.MIN_VALUE / 4 || value > Integer.MAX_VALUE / 4) {
            throw new Refusal(Support.Cause.ATTRIBUTE, name + " is too large: " + value);
        }
        return (int) value;
    }

    private static String describe(@Nullable Argument argument) {
        return argument == null ? "nothing" : argument.toString();
    }
}
