// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.Arrays;
import java.util.List;

/** What a layer passes to its operator at one position of the schema. */
public sealed interface Argument {

    /** A value of the graph. */
    record Ref(int value) implements Argument {}

    /** An integer constant. */
    record Int(long value) implements Argument {}

    /** A floating-point constant. */
    record Real(double value) implements Argument {}

    /** A boolean constant. */
    record Bool(boolean value) implements Argument {}

    /** A string constant. */
    record Text(String value) implements Argument {}

    /** An element type. */
    record Type(DType value) implements Argument {}

    /** A named constant of PyTorch that is no data: layout ({@code strided}), memory format ({@code channels_last}), device ({@code cpu}). */
    record Constant(Kind kind, String name) implements Argument {
        /** What the name denotes. */
        public enum Kind {
            LAYOUT,
            MEMORY_FORMAT,
            DEVICE
        }
    }

    /**
     * A nested graph: a branch or the body of a loop. It sees nothing of the graph around it but what the layer hands it as
     * inputs; weights that it reads are its own.
     */
    record Graph(LayerGraph graph) implements Argument {}

    /** No value ({@code None}). */
    record None() implements Argument {}

    /** A list: tensors (some may be {@link None}), integers (some may be {@link Ref}s to symbolic sizes), numbers, booleans. */
    record ListOf(List<Argument> elements) implements Argument {
        public ListOf {
            elements = List.copyOf(elements);
        }

        /** A list of integer constants. */
        public static ListOf ints(long... values) {
            return new ListOf(
                    Arrays.stream(values).mapToObj(v -> (Argument) new Int(v)).toList());
        }
    }
}
