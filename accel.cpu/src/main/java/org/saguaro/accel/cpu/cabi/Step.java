// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.Guards;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;

/** One call of a kernel's program: constants are there already, registers are filled in when it runs. Used by one thread at a time. */
final class Step {

    /** An argument, or an element of one, that comes from a register. */
    private static final class Fill {
        /** The list it is an element of; null if it is an argument itself. */
        final @Nullable Object @Nullable [] list;
        /** Its place. */
        final int index;

        final int register;
        final Schema.Parameter parameter;

        Fill(@Nullable Object @Nullable [] list, int index, int register, Schema.Parameter parameter) {
            this.list = list;
            this.index = index;
            this.register = register;
            this.parameter = parameter;
        }
    }

    /** Says where a value of the graph is found. */
    interface Values {
        /** A constant handle, or null if the value is in a register. */
        @Nullable
        TensorHandle constant(int value);

        int register(int value);
    }

    final String label;
    private final Schema schema;
    private final Way way;
    private final @Nullable Object[] template;
    private final @Nullable Object[] arguments;
    private final List<Fill> fills = new ArrayList<>();
    private final Guards.@Nullable Guard guard;
    private final @Nullable Object[] found;

    /** Register of each result, negative where nobody reads it. */
    final int[] results;

    /** Registers that nobody reads any more. */
    int[] dead = {};

    /**
     * The call of a layer.
     *
     * @throws IllegalArgumentException if an argument does not fit the schema, or there is no way to the operator
     */
    Step(Layer layer, Schema schema, Ways ways, Values values, int[] results) {
        label = layer.label();
        this.schema = schema;
        this.results = results;
        guard = Guards.of(layer.op());
        template = new @Nullable Object[schema.parameters().size()];
        for (int i = 0; i < template.length; i++) {
            Schema.Parameter parameter = schema.parameters().get(i);
            Argument argument = layer.argument(parameter.name());
            template[i] = argument == null
                    ? parameter.fallback()
                    : Encoding.encode(parameter, argument, new Place(parameter, i, values));
        }
        arguments = template.clone();
        way = ways.of(schema, template);
        found = new @Nullable Object[results.length];
    }

    /** Where references of one argument go. */
    private final class Place implements Encoding.References {
        private final Schema.Parameter parameter;
        private final int index;
        private final Values values;

        Place(Schema.Parameter parameter, int index, Values values) {
            this.parameter = parameter;
            this.index = index;
            this.values = values;
        }

        @Override
        public Object of(@Nullable Object @Nullable [] list, int at, int value) {
            TensorHandle constant = values.constant(value);
            if (constant != null) {
                return constant;
            }
            fills.add(new Fill(list, list == null ? index : at, values.register(value), parameter));
            return Encoding.PENDING;
        }
    }

    /** Registers that it reads. */
    int[] reads() {
        return fills.stream().mapToInt(fill -> fill.register).distinct().toArray();
    }

    /**
     * Runs it.
     *
     * @param registers read and written
     */
    void run(Aten aten, @Nullable Object[] registers) {
        int mark = aten.mark();
        try {
            fill(aten, registers);
            if (guard != null) {
                guard.check(new GuardedArguments(aten, arguments));
            }
            Arrays.fill(found, null);
            way.call(aten, arguments, found);
            for (int i = 0; i < results.length; i++) {
                if (results[i] >= 0) {
                    Object result = found[i];
                    // What somebody else keeps must not be freed twice.
                    registers[results[i]] = aten.keep(
                            result instanceof TensorHandle tensor && tensor.kept ? aten.same(tensor) : result);
                }
            }
        } finally {
            aten.release(mark);
        }
        for (int register : dead) {
            if (registers[register] instanceof TensorHandle tensor) {
                aten.free(tensor);
            }
            registers[register] = null;
        }
    }

    private void fill(Aten aten, @Nullable Object[] registers) {
        System.arraycopy(template, 0, arguments, 0, template.length);
        for (int i = 0; i < fills.size(); i++) {
            Fill fill = fills.get(i);
            Object value = Encoding.converted(aten, fill.parameter, registers[fill.register]);
            if (fill.list == null) {
                arguments[fill.index] = value;
            } else {
                fill.list[fill.index] = value;
            }
        }
        TensorHandle beside = null;
        for (int i = 0; i < arguments.length; i++) {
            Object value = arguments[i];
            Schema.Parameter parameter = schema.parameters().get(i);
            if (value != null
                    && !(value instanceof TensorHandle)
                    && parameter.type() == Schema.Type.TENSOR
                    && !parameter.list()) {
                beside = beside == null ? Ways.firstTensor(arguments) : beside;
                arguments[i] = aten.number(value, beside);
            }
        }
    }

    @Override
    public String toString() {
        return schema.name() + (label.isEmpty() ? "" : " (" + label + ")");
    }
}
