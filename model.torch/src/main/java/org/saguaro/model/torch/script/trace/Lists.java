// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * Operators on lists and tuples. While a list's length and the positions are known, its elements are followed one by one;
 * as soon as they are not, the list becomes a value of the graph.
 */
final class Lists {

    private static final int MAX_KNOWN = 1 << 16;
    private static final TypeName INTS = TypeName.of("List", TypeName.INT);

    private final Recording recording;
    private final Mutations mutations;

    Lists(Recording recording) {
        this.recording = recording;
        this.mutations = new Mutations(recording);
    }

    /** {@code torch.name(list, ...)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue list = arguments.get(0);
        ScriptValue second = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
        List<ScriptValue> elements = elements(list);
        switch (name) {
            case "len" -> {
                return elements != null
                        ? new IntValue(elements.size())
                        : recording.host(HostOp.LEN, TypeName.INT, list);
            }
            case "__getitem__" -> {
                return element(list, second);
            }
            case "__contains__" -> {
                return contains(list, elements, second);
            }
            case "eq", "ne" -> {
                return recording.host(name.equals("eq") ? HostOp.EQ : HostOp.NE, TypeName.BOOL, list, second);
            }
            case "slice" -> {
                return slice(list, elements, arguments);
            }
            case "add" -> {
                List<ScriptValue> others = elements(second);
                if (elements != null && others != null) {
                    List<ScriptValue> all = new ArrayList<>(elements);
                    all.addAll(others);
                    return list instanceof TupleValue
                            ? new TupleValue(all)
                            : recording.list(all.isEmpty() ? elementType(list) : Types.elementType(all), all);
                }
                return recording.host(HostOp.ADD, typeOf(list), list, second);
            }
            case "mul" -> {
                return repeated(list, elements, second);
            }
            case "list", "copy" -> {
                return elements != null
                        ? recording.list(elementType(list), elements)
                        : new ListObject(recording.heap(), elementType(list), ((ListObject) list).content());
            }
            case "sum", "any", "all", "prim.min", "prim.max" -> {
                return isTensorList(list) ? null : reduced(name, list, elements);
            }
            case "index" -> {
                return isTensorList(list) ? null : recording.host(HostOp.INDEX, TypeName.INT, list, second);
            }
            case "count" -> {
                return count(elements, second);
            }
            case "sorted" -> {
                return recording.host(HostOp.SORTED, typeOf(list), list, new BoolValue(false));
            }
            default -> {
                return list instanceof ListObject object ? changed(name, object, arguments, named) : null;
            }
        }
    }

    /** What changes the list. */
    private @Nullable ScriptValue changed(
            String name, ListObject list, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue second = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
        List<ScriptValue> elements = list.elements();
        switch (name) {
            case "append" -> {
                if (elements != null && elements.size() < MAX_KNOWN) {
                    List<ScriptValue> longer = new ArrayList<>(elements);
                    longer.add(second);
                    set(list, longer);
                } else {
                    replace(list, recording.host(HostOp.APPEND, list.type(), list, Mutations.put(second)));
                }
                return list;
            }
            case "_set_item" -> {
                setItem(list, elements, second, arguments.get(2));
                return list;
            }
            case "extend" -> {
                ScriptValue longer = call("add", List.of(list, second), Map.of());
                replace(list, longer == null ? list : longer);
                return ScriptValue.NONE;
            }
            case "insert" -> {
                ScriptValue value = arguments.get(2);
                if (elements != null && second instanceof IntValue index) {
                    List<ScriptValue> longer = new ArrayList<>(elements);
                    longer.add(clamped(index.value(), elements.size()), value);
                    set(list, longer);
                } else {
                    replace(list, recording.host(HostOp.INSERT, list.type(), list, second, Mutations.put(value)));
                }
                return ScriptValue.NONE;
            }
            case "pop", "Delete" -> {
                ScriptValue index = arguments.size() > 1 ? second : new IntValue(-1);
                ScriptValue popped = element(list, index);
                if (elements != null && index instanceof IntValue known) {
                    List<ScriptValue> shorter = new ArrayList<>(elements);
                    shorter.remove(position(known, elements.size()));
                    set(list, shorter);
                } else {
                    replace(list, recording.host(HostOp.REMOVE, list.type(), list, index));
                }
                return popped;
            }
            case "remove" -> {
                ScriptValue index = recording.host(HostOp.INDEX, TypeName.INT, list, second);
                return call("Delete", List.of(list, index), Map.of());
            }
            case "clear" -> {
                set(list, List.of());
                return ScriptValue.NONE;
            }
            case "reverse" -> {
                if (elements != null) {
                    List<ScriptValue> reversed = new ArrayList<>(elements);
                    Collections.reverse(reversed);
                    set(list, reversed);
                } else {
                    replace(list, recording.host(HostOp.REVERSED, list.type(), list));
                }
                return ScriptValue.NONE;
            }
            case "sort" -> {
                ScriptValue descending =
                        arguments.size() > 1 ? second : named.getOrDefault("reverse", new BoolValue(false));
                replace(list, recording.host(HostOp.SORTED, list.type(), list, descending));
                return ScriptValue.NONE;
            }
            default -> {
                return null;
            }
        }
    }

    /** {@code list[index]}. */
    ScriptValue element(ScriptValue list, ScriptValue index) throws ModelFormatException, CodeRaises {
        List<ScriptValue> elements = elements(list);
        if (elements != null && index instanceof IntValue known) {
            return elements.get(position(known, elements.size()));
        }
        if (list instanceof TupleValue) {
            throw recording.refuse(
                    "a tuple that is indexed by a number only the running model knows", "a list", "make it a list");
        }
        return Mutations.taken(recording.host(HostOp.GET, elementType(list), list, index), list, index);
    }

    /** {@code list(range(start, stop, step))}. */
    ScriptValue range(List<ScriptValue> bounds) throws ModelFormatException, CodeRaises {
        List<ScriptValue> known = Iteration.Range.of(bounds).known(MAX_KNOWN);
        return known != null
                ? recording.list(TypeName.INT, known)
                : recording.host(HostOp.RANGE, INTS, bounds.get(0), bounds.get(1), bounds.get(2));
    }

    private static @Nullable List<ScriptValue> elements(ScriptValue value) {
        if (value instanceof TupleValue tuple) {
            return tuple.elements();
        }
        return value instanceof ListObject list ? list.elements() : null;
    }

    private static TypeName elementType(ScriptValue list) {
        return list instanceof ListObject object
                ? object.elementType()
                : Types.elementType(((TupleValue) list).elements());
    }

    private static TypeName typeOf(ScriptValue list) {
        return TypeName.of("List", elementType(list));
    }

    private static boolean isTensorList(ScriptValue list) {
        return elementType(list).unwrapped().is("Tensor");
    }

    private void set(ListObject list, List<ScriptValue> elements) throws ModelFormatException, CodeRaises {
        recording.spend(elements.size());
        mutations.change(list, new Content.Elements(elements));
    }

    /** Lets a list hold what another holds. */
    private void replace(ListObject list, ScriptValue other) throws ModelFormatException, CodeRaises {
        mutations.change(list, ((ListObject) other).content());
    }

    private int position(IntValue index, int size) throws ModelFormatException, CodeRaises {
        long position = index.value() < 0 ? index.value() + size : index.value();
        if (position < 0 || position >= size) {
            throw recording.raise("list index out of range", "IndexError");
        }
        return (int) position;
    }

    private static int clamped(long index, int size) {
        long position = index < 0 ? index + size : index;
        return (int) Math.max(0, Math.min(size, position));
    }

    private void setItem(ListObject list, @Nullable List<ScriptValue> elements, ScriptValue index, ScriptValue value)
            throws ModelFormatException, CodeRaises {
        if (elements != null && index instanceof IntValue known) {
            List<ScriptValue> other = new ArrayList<>(elements);
            other.set(position(known, elements.size()), value);
            set(list, other);
        } else {
            replace(list, recording.host(HostOp.SET, list.type(), list, index, Mutations.put(value)));
        }
    }

    private ScriptValue contains(ScriptValue list, @Nullable List<ScriptValue> elements, ScriptValue element)
            throws ModelFormatException, CodeRaises {
        if (elements != null && element instanceof ScriptValue.Constant) {
            boolean unknown = false;
            for (ScriptValue one : elements) {
                ScriptValue equal = one instanceof ScriptValue.Constant
                        ? recording.host(HostOp.EQ, TypeName.BOOL, one, element)
                        : ScriptValue.NONE;
                if (equal.equals(new BoolValue(true))) {
                    return equal;
                }
                unknown |= !(equal instanceof BoolValue);
            }
            if (!unknown) {
                return new BoolValue(false);
            }
        }
        return recording.host(HostOp.CONTAINS, TypeName.BOOL, list, element);
    }

    private ScriptValue slice(ScriptValue list, @Nullable List<ScriptValue> elements, List<ScriptValue> arguments)
            throws ModelFormatException, CodeRaises {
        ScriptValue start = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
        ScriptValue stop = arguments.size() > 2 ? arguments.get(2) : ScriptValue.NONE;
        ScriptValue step = arguments.size() > 3 ? arguments.get(3) : new IntValue(1);
        boolean known = (start instanceof IntValue || start instanceof NoneValue)
                && (stop instanceof IntValue || stop instanceof NoneValue)
                && step instanceof IntValue by
                && by.value() > 0;
        if (elements == null || !known) {
            return recording.host(HostOp.SLICE, typeOf(list), list, start, stop, step);
        }
        int from = start instanceof IntValue first ? clamped(first.value(), elements.size()) : 0;
        int to = stop instanceof IntValue last ? clamped(last.value(), elements.size()) : elements.size();
        List<ScriptValue> part = new ArrayList<>();
        for (long i = from; i < to; i += ((IntValue) step).value()) {
            part.add(elements.get((int) i));
        }
        return list instanceof TupleValue ? new TupleValue(part) : recording.list(elementType(list), part);
    }

    private ScriptValue repeated(ScriptValue list, @Nullable List<ScriptValue> elements, ScriptValue times)
            throws ModelFormatException, CodeRaises {
        if (elements != null
                && times instanceof IntValue count
                && Math.max(0, count.value()) * elements.size() <= MAX_KNOWN
                && count.value() <= MAX_KNOWN) {
            List<ScriptValue> all = new ArrayList<>();
            for (int i = 0; i < count.value(); i++) {
                all.addAll(elements);
            }
            return recording.list(elementType(list), all);
        }
        return recording.host(HostOp.MUL, typeOf(list), list, times);
    }

    private @Nullable ScriptValue reduced(String name, ScriptValue list, @Nullable List<ScriptValue> elements)
            throws ModelFormatException, CodeRaises {
        TypeName element = elementType(list);
        switch (name) {
            case "sum" -> {
                return recording.host(HostOp.SUM, element.is("bool") ? TypeName.INT : element, list);
            }
            case "prim.min" -> {
                return recording.host(HostOp.MIN, element, list);
            }
            case "prim.max" -> {
                return recording.host(HostOp.MAX, element, list);
            }
            default -> {}
        }
        if (elements == null) {
            ScriptValue yes = new BoolValue(name.equals("any"));
            ScriptValue contains = recording.host(HostOp.CONTAINS, TypeName.BOOL, list, yes);
            return name.equals("any") ? contains : recording.host(HostOp.NOT, TypeName.BOOL, contains);
        }
        ScriptValue result = new BoolValue(name.equals("all"));
        for (ScriptValue one : elements) {
            ScriptValue truth = recording.host(HostOp.BOOL, TypeName.BOOL, one);
            result = recording.host(name.equals("all") ? HostOp.AND : HostOp.OR, TypeName.BOOL, result, truth);
        }
        return result;
    }

    private @Nullable ScriptValue count(@Nullable List<ScriptValue> elements, ScriptValue value)
            throws ModelFormatException, CodeRaises {
        if (elements == null) {
            return null;
        }
        ScriptValue count = new IntValue(0);
        for (ScriptValue one : elements) {
            ScriptValue equal = recording.host(HostOp.EQ, TypeName.BOOL, one, value);
            ScriptValue number = recording.host(HostOp.INT, TypeName.INT, equal);
            count = recording.host(HostOp.ADD, TypeName.INT, count, number);
        }
        return count;
    }
}
