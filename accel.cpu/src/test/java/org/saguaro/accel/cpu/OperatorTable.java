// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;

/** The rows that {@code src/test/python/operators.py} wrote: an operator, its arguments, and what PyTorch makes of them. */
final class OperatorTable {

    /** How a row becomes a segment of one layer. */
    enum Form {
        /** The model knows the type of every tensor. */
        TYPED,
        /** It knows none. */
        UNKNOWN,
        /** It knows none, and numbers come from elsewhere too. */
        NUMBERS
    }

    /** A row in one form. */
    static final class Case {
        final String op;
        final LayerGraph graph;
        final List<Tensor> inputs;
        final List<Tensor> expected;
        /** Given with the row, or negative. */
        final double tolerance;

        private Case(String op, LayerGraph graph, List<Tensor> inputs, List<Tensor> expected, double tolerance) {
            this.op = op;
            this.graph = graph;
            this.inputs = inputs;
            this.expected = expected;
            this.tolerance = tolerance;
        }

        @Override
        public String toString() {
            return op + inputs;
        }
    }

    private OperatorTable() {}

    static List<JsonNode> rows() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> rows = new ArrayList<>();
        InputStream resource = Objects.requireNonNull(OperatorTable.class.getResourceAsStream("operators.jsonl"));
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                rows.add(mapper.readTree(line));
            }
        }
        return rows;
    }

    static Case read(JsonNode row, Form form) {
        return new Reader(row, form).read();
    }

    private static final class Reader {
        private final JsonNode row;
        private final Form form;
        private final LayerGraph.Builder builder;
        private final List<Tensor> inputs = new ArrayList<>();
        private final List<Integer> ids = new ArrayList<>();

        Reader(JsonNode row, Form form) {
            this.row = row;
            this.form = form;
            builder = new LayerGraph.Builder(row.get("op").asText());
        }

        Case read() {
            for (JsonNode tensor : row.get("in")) {
                ids.add(input(tensor(tensor)));
            }
            List<NamedArgument> arguments = new ArrayList<>();
            for (var field : row.get("args").properties()) {
                arguments.add(NamedArgument.read(field.getKey(), argument(field.getValue())));
            }
            List<Tensor> expected = new ArrayList<>();
            List<Integer> outputs = new ArrayList<>();
            for (JsonNode out : row.get("out")) {
                if (out.isNull()) {
                    outputs.add(Value.NONE);
                } else {
                    Tensor tensor = tensor(out);
                    int id = builder.addValue("out" + outputs.size(), type(tensor));
                    outputs.add(id);
                    expected.add(tensor);
                    builder.addOutput(new Argument.Ref(id));
                }
            }
            String op = row.get("op").asText();
            builder.addLayer(new Layer(op, OpName.parse(op), arguments, outputs, ""));
            double tolerance = row.has("tol") ? row.get("tol").asDouble() : -1;
            return new Case(op, builder.build(), inputs, expected, tolerance);
        }

        private int input(Tensor tensor) {
            inputs.add(tensor);
            return builder.addInput("in" + inputs.size(), type(tensor));
        }

        private ValueType type(Tensor tensor) {
            return form == Form.TYPED ? tensor.spec() : new AnyTensor();
        }

        private Argument argument(JsonNode node) {
            if (node.isNull()) {
                return new Argument.None();
            }
            var field = node.properties().iterator().next();
            JsonNode value = field.getValue();
            return switch (field.getKey()) {
                case "t" -> new Argument.Ref(ids.get(value.asInt()));
                case "i" ->
                    number(
                            new Argument.Int(value.asLong()),
                            ScalarType.INT,
                            buffer -> buffer.putLong(0, value.asLong()));
                case "f" -> {
                    double real = Double.parseDouble(
                            value.asText().replace("inf", "Infinity").replace("nan", "NaN"));
                    yield number(new Argument.Real(real), ScalarType.FLOAT, buffer -> buffer.putDouble(0, real));
                }
                case "b" ->
                    number(
                            new Argument.Bool(value.asBoolean()),
                            ScalarType.BOOL,
                            buffer -> buffer.put(0, (byte) (value.asBoolean() ? 1 : 0)));
                case "s" -> new Argument.Text(value.asText());
                case "d" -> new Argument.Type(dtype(value));
                case "m" -> new Argument.Constant(Argument.Constant.Kind.MEMORY_FORMAT, value.asText());
                case "L" -> {
                    List<Argument> elements = new ArrayList<>();
                    value.forEach(element -> elements.add(argument(element)));
                    yield new Argument.ListOf(elements);
                }
                default -> throw new IllegalArgumentException("no argument of kind " + field.getKey());
            };
        }

        private Argument number(Argument constant, ScalarType type, java.util.function.Consumer<ByteBuffer> write) {
            if (form != Form.NUMBERS) {
                return constant;
            }
            DType carrier = Carriers.of(type);
            ByteBuffer bytes = ByteBuffer.allocateDirect(carrier.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
            write.accept(bytes);
            inputs.add(Tensor.dense(carrier, new long[0], bytes));
            return new Argument.Ref(builder.addInput("in" + inputs.size(), type));
        }

        private static Tensor tensor(JsonNode node) {
            byte[] bytes = Base64.getDecoder().decode(node.get("x").asText());
            List<Long> sizes = new ArrayList<>();
            node.get("z").forEach(size -> sizes.add(size.asLong()));
            return Tensor.dense(
                    dtype(node.get("d")),
                    sizes.stream().mapToLong(Long::longValue).toArray(),
                    ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
        }

        private static DType dtype(JsonNode name) {
            return Arrays.stream(DType.values())
                    .filter(dtype -> dtype.torchName().equals(name.asText()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What is wrong with a result; null if nothing is. */
    static @Nullable String difference(Tensor found, Tensor expected, double given) {
        if (!found.spec().equals(expected.spec())) {
            return "should be " + expected.spec() + ", is " + found.spec();
        }
        double[] is = elements(found);
        double[] should = elements(expected);
        double tolerance = given >= 0 ? given : tolerance(expected.dtype());
        double largest = Arrays.stream(should)
                .map(Math::abs)
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        for (int i = 0; i < should.length; i++) {
            boolean same = Double.compare(is[i], should[i]) == 0
                    || is[i] == should[i]
                    || Math.abs(is[i] - should[i]) <= tolerance * Math.max(largest, 1);
            if (!same) {
                return "element " + i + " should be " + should[i] + " within " + tolerance + ", is " + is[i];
            }
        }
        return null;
    }

    private static double tolerance(DType dtype) {
        return switch (dtype) {
            case FLOAT32, COMPLEX64 -> 1e-5;
            case FLOAT64, COMPLEX128 -> 1e-12;
            case FLOAT16 -> 2e-3;
            case BFLOAT16 -> 1.6e-2;
            case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
        };
    }

    private static double[] elements(Tensor tensor) {
        DType part = tensor.dtype() == DType.COMPLEX64
                ? DType.FLOAT32
                : tensor.dtype() == DType.COMPLEX128 ? DType.FLOAT64 : tensor.dtype();
        return part == tensor.dtype()
                ? tensor.toDoubles()
                : Tensor.dense(part, new long[] {2 * tensor.elementCount()}, tensor.bytes())
                        .toDoubles();
    }
}
