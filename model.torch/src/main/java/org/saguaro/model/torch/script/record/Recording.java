// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.torch.script.graph.GraphDraft;
import org.saguaro.model.torch.script.graph.Names;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.Heap;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * What has been read of a model so far: the draft that layers are added to, the heap, and where in the code and in the tree
 * of modules the reader is.
 */
public final class Recording {

    /** What depends on nothing but what it is computed from, so that it need not be computed twice. */
    private static final Set<HostOp> SHARED = Set.of(
            HostOp.SIZE,
            HostOp.RANK,
            HostOp.NUMEL,
            HostOp.DTYPE,
            HostOp.SHAPE,
            HostOp.IS_FLOATING_POINT,
            HostOp.IS_COMPLEX,
            HostOp.ADD,
            HostOp.SUB,
            HostOp.MUL,
            HostOp.FLOORDIV,
            HostOp.MOD,
            HostOp.NEG,
            HostOp.EQ,
            HostOp.NE,
            HostOp.LT,
            HostOp.LE,
            HostOp.GT,
            HostOp.GE,
            HostOp.NOT,
            HostOp.AND,
            HostOp.OR,
            HostOp.IS,
            HostOp.FLOAT,
            HostOp.INT,
            HostOp.LEN,
            HostOp.GET);

    private static final int MAX_CONTAINER_SIZE = 1 << 17;
    private static final int MAX_CONTAINER_DEPTH = 64;

    private record HostKey(HostOp op, List<Object> operands) {}

    private final Heap heap = new Heap();
    private final Names names;
    private final Budget budget = new Budget();
    private final NamedTuples namedTuples;
    private GraphDraft draft;
    private String modulePath = "";
    private Position at;

    /** What is known of the archive's named tuples. */
    public interface NamedTuples {
        /**
         * The types of the fields, in order.
         *
         * @return null if there is no named tuple of that name
         */
        @Nullable
        List<TypeName> fields(String className) throws ModelFormatException;
    }

    public Recording(Names names, NamedTuples namedTuples, Position start) {
        this.names = names;
        this.namedTuples = namedTuples;
        this.draft = new GraphDraft(null, names);
        this.at = start;
    }

    public Heap heap() {
        return heap;
    }

    public Budget budget() {
        return budget;
    }

    public GraphDraft draft() {
        return draft;
    }

    public String modulePath() {
        return modulePath;
    }

    /** Layers that follow come from this module. */
    public void modulePath(String path) {
        modulePath = path;
    }

    public Position at() {
        return at;
    }

    /** What follows stands here in the code. */
    public void at(Position position) throws ModelFormatException {
        at = position;
        budget.spend(1, position);
    }

    /** Counts work that is more than a step. */
    public void spend(long count) throws ModelFormatException {
        budget.spend(count, at);
    }

    /** Layers that follow go into a new draft inside the present one. */
    public GraphDraft openNested() {
        draft = new GraphDraft(draft, names);
        return draft;
    }

    /** Layers that follow go into a draft that was closed before. */
    public void reopen(GraphDraft nested) {
        if (nested.parent() != draft) {
            throw new IllegalStateException("the draft was not opened here");
        }
        draft = nested;
    }

    /** Layers that follow go into the draft around the present one, which is returned. */
    public GraphDraft closeNested() {
        GraphDraft closed = draft;
        GraphDraft parent = closed.parent();
        if (parent == null) {
            throw new IllegalStateException("no nested draft is open");
        }
        draft = parent;
        return closed;
    }

    public TensorObject tensor(Node node) {
        return new TensorObject(heap, node);
    }

    public ListObject list(TypeName elementType, List<ScriptValue> elements) throws ModelFormatException {
        ListObject list = new ListObject(heap, elementType, elements);
        measure(list);
        return list;
    }

    /**
     * Counts what a container holds as work, whatever is done with it.
     *
     * @throws ModelFormatException if it is larger or deeper than those of any model, or holds itself
     */
    public void measure(ScriptValue value) throws ModelFormatException {
        spend(extent(value, 0));
    }

    private int extent(ScriptValue value, int depth) throws ModelFormatException {
        Collection<ScriptValue> parts = parts(value);
        if (parts.isEmpty()) {
            return 1;
        }
        int sum = 1;
        for (ScriptValue part : parts) {
            sum += depth > MAX_CONTAINER_DEPTH ? MAX_CONTAINER_SIZE : extent(part, depth + 1);
            if (sum > MAX_CONTAINER_SIZE) {
                throw at.refuse(
                        "a container of more than " + MAX_CONTAINER_SIZE + " values, or more than "
                                + MAX_CONTAINER_DEPTH + " deep, or one that holds itself",
                        "smaller ones",
                        "keep so many numbers in a tensor");
            }
        }
        return sum;
    }

    private static Collection<ScriptValue> parts(ScriptValue value) {
        if (value instanceof TupleValue tuple) {
            return tuple.elements();
        } else if (value instanceof ScriptValue.Instance instance) {
            return instance.path() == null ? instance.fields().values().values() : List.of();
        } else if (value instanceof ScriptValue.HeapObject object) {
            if (object.content() instanceof Content.Elements list) {
                return list.elements();
            } else if (object.content() instanceof Content.Entries dict) {
                return dict.entries().values();
            }
        }
        return List.of();
    }

    /** Records a layer. */
    public List<Node> layer(String name, OpName op, List<NamedArgument> arguments, List<ValueType> types)
            throws ModelFormatException {
        budget.layer(at);
        return draft.addLayer(name, op, arguments, types, modulePath);
    }

    /** The value of a host operator: computed if all is known, else recorded. */
    public ScriptValue host(HostOp op, TypeName type, ScriptValue... operands) throws ModelFormatException, CodeRaises {
        for (ScriptValue operand : operands) {
            measure(operand);
        }
        ScriptValue folded;
        try {
            folded = HostFolding.fold(op, List.of(operands));
        } catch (HostFolding.Fails failure) {
            throw raise(String.valueOf(failure.getMessage()), "RuntimeError");
        }
        if (folded != null) {
            return folded;
        }
        HostKey key = SHARED.contains(op) ? key(op, operands) : null;
        Node known = key == null ? null : draft.known(key);
        if (known != null) {
            return wrap(known, type);
        }
        Node made = recordHost(op, type, operands);
        if (key != null) {
            draft.learn(key, made);
        }
        return wrap(made, type);
    }

    private Node recordHost(HostOp op, TypeName type, ScriptValue... operands) throws ModelFormatException, CodeRaises {
        return recordHost(op, List.of(Types.valueType(type)), operands).get(0);
    }

    /** Records a host operator that makes several values, or none. */
    public List<Node> recordHost(HostOp op, List<ValueType> types, ScriptValue... operands)
            throws ModelFormatException, CodeRaises {
        boolean dtypes = false;
        for (ScriptValue operand : operands) {
            dtypes |= Types.of(operand).equals(Types.DTYPE)
                    || Types.of(operand).equals(TypeName.of("Optional", Types.DTYPE));
        }
        List<String> parameters = op.parameters();
        List<NamedArgument> arguments = new ArrayList<>();
        for (int i = 0; i < operands.length; i++) {
            arguments.add(NamedArgument.read(
                    parameters.get(i), dtypes ? Operands.withDTypes(operands[i], this) : operand(operands[i])));
        }
        return layer(op.op().name(), op.op(), arguments, types);
    }

    private static @Nullable HostKey key(HostOp op, ScriptValue... operands) {
        List<Object> parts = new ArrayList<>();
        for (ScriptValue operand : operands) {
            Object part = part(operand);
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        return new HostKey(op, parts);
    }

    private static @Nullable Object part(ScriptValue operand) {
        if (operand instanceof ScriptValue.HeapObject object) {
            return object.content() instanceof Content.Remote remote ? remote.node() : null;
        }
        if (operand instanceof ScalarNode scalar) {
            return scalar.node();
        }
        if (operand instanceof HostNode host) {
            return host.node();
        }
        return operand instanceof ScriptValue.Constant ? operand : null;
    }

    /** The value as an argument of a layer in the present draft. */
    public Argument operand(ScriptValue value) throws ModelFormatException, CodeRaises {
        return Operands.of(value, this);
    }

    /** A value of the graph as the code sees it. */
    public ScriptValue wrap(Node node, TypeName type) throws ModelFormatException, CodeRaises {
        return switch (type.name()) {
            case "Tensor" -> tensor(node);
            case "int" -> new ScalarNode(node, ScalarType.INT);
            case "float" -> new ScalarNode(node, ScalarType.FLOAT);
            case "bool" -> new ScalarNode(node, ScalarType.BOOL);
            case "NoneType" -> ScriptValue.NONE;
            case "List" -> new ListObject(heap, type.element(), new Content.Remote(node));
            case "Dict" -> new DictObject(heap, type, new Content.Remote(node));
            case "Tuple" -> unpacked(node, type.arguments(), null, type);
            default -> {
                List<TypeName> fields = namedTuples.fields(type.name());
                yield fields == null ? new HostNode(node, type) : unpacked(node, fields, type.name(), type);
            }
        };
    }

    private ScriptValue unpacked(Node node, List<TypeName> fields, @Nullable String className, TypeName type)
            throws ModelFormatException, CodeRaises {
        List<Node> parts =
                recordHost(HostOp.UNPACK, fields.stream().map(Types::valueType).toList(), new HostNode(node, type));
        List<ScriptValue> elements = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            elements.add(wrap(parts.get(i), fields.get(i)));
        }
        return new TupleValue(elements, className);
    }

    /** Records that the code ends here with an error of its own; to be thrown. */
    public CodeRaises raise(String message, String exception) throws ModelFormatException, CodeRaises {
        return raise(new ScriptValue.TextValue(message), exception);
    }

    /** As above, with a message that only the running graph may know. */
    public CodeRaises raise(ScriptValue message, String exception) throws ModelFormatException, CodeRaises {
        recordHost(HostOp.RAISE, List.of(), message, new ScriptValue.TextValue(exception));
        return new CodeRaises(message.describe());
    }

    /** That something in the code is not supported. */
    public ModelFormatException refuse(String found, String expected, String action) {
        return at.refuse(found, expected, action);
    }
}
