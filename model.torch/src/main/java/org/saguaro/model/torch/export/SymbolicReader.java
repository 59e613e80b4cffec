// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.torch.json.JsonValue;

/**
 * Reads the nodes that compute no tensor: sizes, arithmetic on sizes, the number in a tensor of one element. They become
 * {@link HostOp host operators}, or nothing where the archive tells the result.
 */
final class SymbolicReader {

    /** By target; each takes its operands in the host operator's order. */
    private static final Map<String, HostOp> DIRECT = Map.ofEntries(
            Map.entry("_operator.add", HostOp.ADD),
            Map.entry("_operator.sub", HostOp.SUB),
            Map.entry("_operator.mul", HostOp.MUL),
            Map.entry("_operator.truediv", HostOp.TRUEDIV),
            Map.entry("_operator.floordiv", HostOp.FLOORDIV),
            Map.entry("_operator.mod", HostOp.MOD),
            Map.entry("_operator.pow", HostOp.POW),
            Map.entry("_operator.neg", HostOp.NEG),
            Map.entry("_operator.eq", HostOp.EQ),
            Map.entry("_operator.ne", HostOp.NE),
            Map.entry("_operator.lt", HostOp.LT),
            Map.entry("_operator.le", HostOp.LE),
            Map.entry("_operator.gt", HostOp.GT),
            Map.entry("_operator.ge", HostOp.GE),
            Map.entry("_operator.and_", HostOp.AND),
            Map.entry("_operator.or_", HostOp.OR),
            Map.entry("_operator.xor", HostOp.XOR),
            Map.entry("_operator.not_", HostOp.NOT),
            Map.entry("_operator.lshift", HostOp.LSHIFT),
            Map.entry("_operator.rshift", HostOp.RSHIFT),
            Map.entry("math.trunc", HostOp.TRUNC),
            Map.entry("math.floor", HostOp.FLOOR),
            Map.entry("math.ceil", HostOp.CEIL),
            Map.entry("math.sqrt", HostOp.SQRT),
            Map.entry("math.exp", HostOp.EXP),
            Map.entry("math.log", HostOp.LOG),
            Map.entry("math.log2", HostOp.LOG2),
            Map.entry("math.sin", HostOp.SIN),
            Map.entry("math.cos", HostOp.COS),
            Map.entry("math.tan", HostOp.TAN),
            Map.entry("math.pow", HostOp.POW),
            Map.entry("builtins.round", HostOp.ROUND),
            Map.entry("builtins.abs", HostOp.ABS),
            Map.entry("builtins.int", HostOp.INT),
            Map.entry("builtins.float", HostOp.FLOAT),
            Map.entry("builtins.bool", HostOp.BOOL),
            Map.entry("torch.sym_not", HostOp.NOT),
            Map.entry("torch.sym_int", HostOp.INT),
            Map.entry("torch.sym_float", HostOp.FLOAT),
            Map.entry("torch.sym_ite", HostOp.SELECT),
            Map.entry("torch.sym_sqrt", HostOp.SQRT),
            Map.entry("torch._sym_sqrt", HostOp.SQRT),
            Map.entry("torch.ops.aten.sym_size.int", HostOp.SIZE),
            Map.entry("torch.ops.aten.sym_numel.default", HostOp.NUMEL),
            Map.entry("torch.ops.aten.item.default", HostOp.ITEM),
            Map.entry("torch.ops.aten._local_scalar_dense.default", HostOp.ITEM));

    /** By target; they take any number of operands. */
    private static final Map<String, HostOp> OF_LISTS = Map.ofEntries(
            Map.entry("torch.sym_max", HostOp.MAX),
            Map.entry("torch.sym_min", HostOp.MIN),
            Map.entry("torch.sym_sum", HostOp.SUM),
            Map.entry("builtins.max", HostOp.MAX),
            Map.entry("builtins.min", HostOp.MIN),
            Map.entry("builtins.sum", HostOp.SUM));

    private static final String IDENTITY = "_operator.pos";
    private static final String STRIDE = "torch.ops.aten.sym_stride.int";
    private static final String STORAGE_OFFSET = "torch.ops.aten.sym_storage_offset.default";

    private final Scope scope;
    private final ArgumentReader arguments;

    SymbolicReader(Scope scope, ArgumentReader arguments) {
        this.scope = scope;
        this.arguments = arguments;
    }

    /** Whether nodes with this target are read here. */
    boolean knows(String target) {
        return DIRECT.containsKey(target)
                || OF_LISTS.containsKey(target)
                || target.equals(IDENTITY)
                || target.equals(STRIDE)
                || target.equals(STORAGE_OFFSET);
    }

    /**
     * Reads a node.
     *
     * @throws ModelFormatException if its operands or its outputs do not fit
     */
    void read(JsonValue node, String name, String target) throws ModelFormatException {
        List<Argument> operands = operands(node, target);
        List<JsonValue> outputs = node.field("outputs").elements();
        if (outputs.size() != 1) {
            throw node.refuse(outputs.size() + " outputs", "one output");
        }
        switch (target) {
            case IDENTITY -> {
                requireCount(node, operands, 1);
                scope.bind(output(outputs.get(0)).name(), operands.get(0));
            }
            case STRIDE, STORAGE_OFFSET ->
                scope.bind(output(outputs.get(0)).name(), placement(node, target.equals(STRIDE)));
            default -> addLayer(node, name, target, operands, outputs.get(0));
        }
    }

    private void addLayer(JsonValue node, String name, String target, List<Argument> operands, JsonValue listedOutput)
            throws ModelFormatException {
        HostOp direct = DIRECT.get(target);
        HostOp op = direct == null ? OF_LISTS.get(target) : direct;
        if (op == null) {
            throw new IllegalArgumentException("not a target of symbolic arithmetic: " + target);
        }
        List<Argument> passed = direct == null ? List.of(new Argument.ListOf(elements(operands))) : operands;
        requireCount(node, passed, op.parameters().size());
        Output output = output(listedOutput);
        int value = scope.madeScalar(output.name(), output.type());
        scope.block().addLayer(op.layer(name, passed, List.of(value), NodeReader.modulePath(node)));
    }

    /** {@code max(a, b)} and {@code max([a, b])}. */
    private static List<Argument> elements(List<Argument> operands) {
        return operands.size() == 1 && operands.get(0) instanceof Argument.ListOf list ? list.elements() : operands;
    }

    private List<Argument> operands(JsonValue node, String target) throws ModelFormatException {
        boolean ofTensor = target.startsWith("torch.ops.aten.");
        List<Argument> operands = new ArrayList<>();
        for (JsonValue input : node.field("inputs").elements()) {
            JsonValue value = input.field("arg").named(node.place() + ", operand " + operands.size());
            Argument operand = arguments.read(value);
            boolean tensor =
                    operand instanceof Argument.Ref ref && scope.block().type(ref.value()) instanceof TensorSpec;
            if (tensor != (ofTensor && operands.isEmpty())) {
                throw value.unexpected(tensor ? "a number" : "a tensor");
            }
            operands.add(operand);
        }
        return operands;
    }

    private static void requireCount(JsonValue node, List<Argument> operands, int expected)
            throws ModelFormatException {
        if (operands.size() != expected) {
            throw node.refuse(operands.size() + " operands", expected + " operands");
        }
    }

    /** Where a tensor lies in memory is the runtime's business; the exporter's word for it is only taken where it is a number. */
    private Argument placement(JsonValue node, boolean stride) throws ModelFormatException {
        List<JsonValue> inputs = node.field("inputs").elements();
        requireCount(node, operands(node, STRIDE), stride ? 2 : 1);
        JsonValue meta =
                scope.meta(inputs.get(0).field("arg").field("as_tensor").field("name"));
        JsonValue told = meta.field("storage_offset");
        if (stride) {
            List<JsonValue> strides = meta.field("strides").elements();
            long dim = inputs.get(1).field("arg").field("as_int").integer();
            long index = dim < 0 ? dim + strides.size() : dim;
            if (index < 0 || index >= strides.size()) {
                throw node.refuse("the dimension " + dim, "one of the " + strides.size() + " dimensions");
            }
            told = strides.get((int) index);
        }
        JsonValue number = told.optional("as_int");
        if (number == null) {
            throw node.refuse(
                    (stride ? "a stride" : "a storage offset") + " that depends on a symbolic size",
                    "one that is a number",
                    "compute with sizes (x.size()) instead of strides, or make the tensor contiguous first");
        }
        return new Argument.Int(number.integer());
    }

    private record Output(JsonValue name, ScalarType type) {}

    private static Output output(JsonValue output) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = output.variant();
        ScalarType type = switch (variant.getKey()) {
            case "as_sym_int" -> ScalarType.INT;
            case "as_sym_float" -> ScalarType.FLOAT;
            case "as_sym_bool" -> ScalarType.BOOL;
            default -> throw output.unexpected("an integer, a real number or a boolean");
        };
        return new Output(variant.getValue().field("as_name"), type);
    }
}
