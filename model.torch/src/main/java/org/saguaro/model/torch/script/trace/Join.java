// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;
import org.saguaro.model.torch.script.value.ScriptValue.Uninitialized;

/**
 * What two values have in common that one variable has after two branches, or before and after an iteration: the parts that
 * are the same in both stay as they are, the others become values of the graph, the <em>leaves</em>.
 */
sealed interface Join {

    /** The same in both. */
    record Same(ScriptValue value) implements Join {}

    /** A value of the graph. */
    record Leaf(TypeName type) implements Join {}

    /** A tuple in both. */
    record OfTuple(List<Join> parts, @Nullable String className) implements Join {}

    /** A list of the same length in both. */
    record OfList(List<Join> parts, TypeName elementType) implements Join {}

    /** A dictionary with the same keys in both. */
    record OfDict(List<ScriptValue> keys, List<Join> parts, TypeName type) implements Join {}

    /** A number that is used as a tensor in both. */
    record OfNumber(Join number) implements Join {}

    /** An object of the same class in both, made by the code. */
    record OfObject(String className, List<String> names, List<Join> parts) implements Join {}

    /** Of two values; null if they have nothing in common that a graph could hold. */
    static @Nullable Join of(ScriptValue a, ScriptValue b) {
        if (a.equals(b)) {
            return new Same(a);
        }
        if (a instanceof Uninitialized || b instanceof Uninitialized) {
            return ofOne(a instanceof Uninitialized ? b : a);
        }
        if (a instanceof TupleValue x && b instanceof TupleValue y) {
            List<Join> parts = parts(x.elements(), y.elements());
            return parts == null ? leaf(joined(a, b)) : new OfTuple(parts, x.className());
        }
        if (a instanceof ListObject x && b instanceof ListObject y) {
            return contents(x, x.content(), y.content());
        }
        if (a instanceof DictObject x && b instanceof DictObject y) {
            return contents(x, x.content(), y.content());
        }
        if (a instanceof NumberTensor x && b instanceof NumberTensor y) {
            Join number = of(x.number(), y.number());
            TypeName type = Types.join(Types.of(x.number()), Types.of(y.number()));
            return number == null || type.is("number") ? leaf(TypeName.TENSOR) : new OfNumber(number);
        }
        if (a instanceof Instance x && b instanceof Instance y) {
            return x.path() != null || y.path() != null || !x.className().equals(y.className())
                    ? null
                    : contents(x, x.content(), y.content());
        }
        if (a instanceof FunctionValue || b instanceof FunctionValue) {
            return null;
        }
        return leaf(joined(a, b));
    }

    /** Of a value that the other side never sets. */
    private static @Nullable Join ofOne(ScriptValue value) {
        if (!(value instanceof TupleValue tuple)) {
            return leaf(Types.of(value));
        }
        List<Join> parts = new ArrayList<>();
        for (ScriptValue element : tuple.elements()) {
            Join part = ofOne(element);
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        return new OfTuple(parts, tuple.className());
    }

    /** Of what an object holds. */
    static @Nullable Join contents(ScriptValue.HeapObject object, Content a, Content b) {
        if (object instanceof ListObject list) {
            if (a instanceof Content.Elements x && b instanceof Content.Elements y) {
                List<Join> parts = parts(x.elements(), y.elements());
                if (parts != null) {
                    return new OfList(parts, list.elementType());
                }
            }
            return leaf(list.type());
        }
        if (object instanceof DictObject dict) {
            if (a instanceof Content.Entries x && b instanceof Content.Entries y) {
                List<ScriptValue> keys = List.copyOf(x.entries().keySet());
                List<Join> parts = keys.equals(List.copyOf(y.entries().keySet()))
                        ? parts(
                                List.copyOf(x.entries().values()),
                                List.copyOf(y.entries().values()))
                        : null;
                if (parts != null) {
                    return new OfDict(keys, parts, dict.type());
                }
            }
            return leaf(dict.type());
        }
        if (object instanceof Instance instance) {
            Map<String, ScriptValue> x = ((Content.Fields) a).values();
            Map<String, ScriptValue> y = ((Content.Fields) b).values();
            List<String> names = List.copyOf(x.keySet());
            List<Join> parts = new ArrayList<>();
            for (String name : names) {
                ScriptValue other = y.get(name);
                Join part = other == null ? null : of(Objects.requireNonNull(x.get(name)), other);
                if (part == null) {
                    return null;
                }
                parts.add(part);
            }
            return new OfObject(instance.className(), names, parts);
        }
        return leaf(TypeName.TENSOR);
    }

    private static @Nullable List<Join> parts(List<ScriptValue> a, List<ScriptValue> b) {
        if (a.size() != b.size()) {
            return null;
        }
        List<Join> parts = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            Join part = of(a.get(i), b.get(i));
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        return parts;
    }

    private static TypeName joined(ScriptValue a, ScriptValue b) {
        return Types.join(Types.of(a), Types.of(b));
    }

    /** Null for what no graph can hold. */
    private static @Nullable Join leaf(TypeName type) {
        return type.is("Callable") ? null : new Leaf(type);
    }

    /** As much of this as still holds if the value may also be this one; null if nothing. */
    default @Nullable Join widened(ScriptValue value) {
        if (this instanceof Same same) {
            return of(same.value(), value);
        } else if (value instanceof Uninitialized) {
            return this;
        } else if (this instanceof Leaf leaf) {
            return leaf(Types.join(leaf.type(), Types.of(value)));
        } else if (this instanceof OfTuple tuple) {
            List<Join> parts = value instanceof TupleValue other ? widened(tuple.parts(), other.elements()) : null;
            return parts == null ? leaf(Types.join(type(), Types.of(value))) : new OfTuple(parts, tuple.className());
        } else if (this instanceof OfNumber number) {
            Join widened = value instanceof NumberTensor other ? number.number().widened(other.number()) : null;
            return widened == null ? leaf(TypeName.TENSOR) : new OfNumber(widened);
        }
        return value instanceof ScriptValue.HeapObject object ? widenedContents(object.content(), value) : null;
    }

    /** As above, for what an object holds. */
    default @Nullable Join widenedContents(Content content, ScriptValue object) {
        if (this instanceof OfList list) {
            List<Join> parts =
                    content instanceof Content.Elements other ? widened(list.parts(), other.elements()) : null;
            return parts == null ? leaf(type()) : new OfList(parts, list.elementType());
        } else if (this instanceof OfDict dict) {
            List<Join> parts = content instanceof Content.Entries other
                            && dict.keys().equals(List.copyOf(other.entries().keySet()))
                    ? widened(dict.parts(), List.copyOf(other.entries().values()))
                    : null;
            return parts == null ? leaf(dict.type()) : new OfDict(dict.keys(), parts, dict.type());
        } else if (this instanceof OfObject fields) {
            List<ScriptValue> values = new ArrayList<>();
            for (String name : fields.names()) {
                ScriptValue value =
                        content instanceof Content.Fields other ? other.values().get(name) : null;
                if (value == null) {
                    return null;
                }
                values.add(value);
            }
            List<Join> parts = widened(fields.parts(), values);
            return parts == null ? null : new OfObject(fields.className(), fields.names(), parts);
        } else if (this instanceof Leaf) {
            return this;
        }
        return widened(object);
    }

    private static @Nullable List<Join> widened(List<Join> parts, List<ScriptValue> values) {
        if (parts.size() != values.size()) {
            return null;
        }
        List<Join> widened = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Join part = parts.get(i).widened(values.get(i));
            if (part == null) {
                return null;
            }
            widened.add(part);
        }
        return widened;
    }

    /** Type of a value that is so. */
    private TypeName type() {
        if (this instanceof Same same) {
            return Types.of(same.value());
        } else if (this instanceof Leaf leaf) {
            return leaf.type();
        } else if (this instanceof OfTuple tuple) {
            String className = tuple.className();
            return className != null
                    ? TypeName.of(className)
                    : new TypeName(
                            "Tuple", tuple.parts().stream().map(Join::type).toList());
        } else if (this instanceof OfList list) {
            return TypeName.of("List", list.elementType());
        } else if (this instanceof OfDict dict) {
            return dict.type();
        } else if (this instanceof OfObject object) {
            return TypeName.of(object.className());
        }
        return TypeName.TENSOR;
    }

    /** The types of its leaves, in order. */
    default void leaves(List<TypeName> types) {
        if (this instanceof Leaf leaf) {
            types.add(leaf.type());
        } else {
            partsOf().forEach(part -> part.leaves(types));
        }
    }

    private List<Join> partsOf() {
        if (this instanceof OfTuple tuple) {
            return tuple.parts();
        } else if (this instanceof OfList list) {
            return list.parts();
        } else if (this instanceof OfDict dict) {
            return dict.parts();
        } else if (this instanceof OfNumber number) {
            return List.of(number.number());
        } else if (this instanceof OfObject object) {
            return object.parts();
        }
        return List.of();
    }

    /** Takes a value apart: what its leaves are, as arguments in the present draft. */
    default void flatten(ScriptValue value, Recording recording, List<Argument> arguments)
            throws ModelFormatException, CodeRaises {
        if (this instanceof Leaf leaf) {
            arguments.add(argument(leaf.type(), value, recording));
        } else if (value instanceof Uninitialized) {
            for (Join part : partsOf()) {
                part.flatten(value, recording, arguments);
            }
        } else if (this instanceof OfTuple tuple) {
            flatten(tuple.parts(), ((TupleValue) value).elements(), recording, arguments);
        } else if (this instanceof OfNumber number) {
            number.number().flatten(((NumberTensor) value).number(), recording, arguments);
        } else if (!(this instanceof Same)) {
            flattenContents(((ScriptValue.HeapObject) value).content(), value, recording, arguments);
        }
    }

    private static Argument argument(TypeName type, ScriptValue value, Recording recording)
            throws ModelFormatException, CodeRaises {
        if (value instanceof Uninitialized) {
            return placeholder(type, recording);
        }
        ScriptValue operand = value;
        if (type.is("Tensor")
                && !Types.of(value).is("Tensor")
                && Types.of(value).is("Optional")) {
            operand = recording.host(HostOp.IDENTITY, TypeName.TENSOR, value);
        }
        return recording.operand(operand);
    }

    /** Something of that type that nobody will read. */
    private static Argument placeholder(TypeName type, Recording recording) throws ModelFormatException, CodeRaises {
        return switch (type.name()) {
            case "Tensor" -> recording.operand(new NumberTensor(new ScriptValue.IntValue(0)));
            case "int", "number" -> new Argument.Int(0);
            case "float" -> new Argument.Real(0);
            case "bool" -> new Argument.Bool(false);
            case "str" -> new Argument.Text("");
            case "List" -> new Argument.ListOf(List.of());
            default -> new Argument.None();
        };
    }

    /** As above, for what an object holds. */
    default void flattenContents(Content content, ScriptValue object, Recording recording, List<Argument> arguments)
            throws ModelFormatException, CodeRaises {
        if (this instanceof OfList list) {
            flatten(list.parts(), ((Content.Elements) content).elements(), recording, arguments);
        } else if (this instanceof OfDict dict) {
            flatten(
                    dict.parts(),
                    List.copyOf(((Content.Entries) content).entries().values()),
                    recording,
                    arguments);
        } else if (this instanceof OfObject fields) {
            Map<String, ScriptValue> values = ((Content.Fields) content).values();
            for (int i = 0; i < fields.names().size(); i++) {
                fields.parts()
                        .get(i)
                        .flatten(
                                Objects.requireNonNull(values.get(fields.names().get(i))), recording, arguments);
            }
        } else if (this instanceof Leaf) {
            arguments.add(recording.operand(object));
        }
    }

    private static void flatten(
            List<Join> parts, List<ScriptValue> values, Recording recording, List<Argument> arguments)
            throws ModelFormatException, CodeRaises {
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).flatten(values.get(i), recording, arguments);
        }
    }

    /** Puts a value together, with these leaves. */
    default ScriptValue rebuilt(Iterator<Node> leaves, Recording recording) throws ModelFormatException, CodeRaises {
        if (this instanceof Same same) {
            return same.value();
        } else if (this instanceof Leaf leaf) {
            return recording.wrap(leaves.next(), leaf.type());
        } else if (this instanceof OfTuple tuple) {
            return new TupleValue(rebuilt(tuple.parts(), leaves, recording), tuple.className());
        } else if (this instanceof OfNumber number) {
            return new NumberTensor(number.number().rebuilt(leaves, recording));
        } else if (this instanceof OfList list) {
            return new ListObject(recording.heap(), list.elementType(), rebuiltContents(leaves, recording));
        } else if (this instanceof OfDict dict) {
            return new DictObject(recording.heap(), dict.type(), rebuiltContents(leaves, recording));
        } else if (this instanceof OfObject object) {
            return new Instance(
                    recording.heap(), object.className(), null, (Content.Fields) rebuiltContents(leaves, recording));
        }
        throw new IllegalStateException("unknown join " + this);
    }

    /** As above, what the object holds. */
    default Content rebuiltContents(Iterator<Node> leaves, Recording recording)
            throws ModelFormatException, CodeRaises {
        if (this instanceof OfList list) {
            return new Content.Elements(rebuilt(list.parts(), leaves, recording));
        } else if (this instanceof OfDict dict) {
            List<ScriptValue> values = rebuilt(dict.parts(), leaves, recording);
            Map<ScriptValue, ScriptValue> entries = new LinkedHashMap<>();
            for (int i = 0; i < values.size(); i++) {
                entries.put(dict.keys().get(i), values.get(i));
            }
            return new Content.Entries(entries);
        } else if (this instanceof OfObject object) {
            List<ScriptValue> values = rebuilt(object.parts(), leaves, recording);
            Map<String, ScriptValue> fields = new LinkedHashMap<>();
            for (int i = 0; i < values.size(); i++) {
                fields.put(object.names().get(i), values.get(i));
            }
            return new Content.Fields(fields);
        } else if (this instanceof Leaf) {
            return new Content.Remote(leaves.next());
        }
        throw new IllegalStateException("an object that holds " + this);
    }

    private static List<ScriptValue> rebuilt(List<Join> parts, Iterator<Node> leaves, Recording recording)
            throws ModelFormatException, CodeRaises {
        List<ScriptValue> values = new ArrayList<>();
        for (Join part : parts) {
            values.add(part.rebuilt(leaves, recording));
        }
        return values;
    }
}
