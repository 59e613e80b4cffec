// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.saguaro.model.torch.script.value.ScriptValue.Constant;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** Operators on dictionaries, known key by key as long as the keys are. */
final class Dictionaries {

    private final Recording recording;
    private final Mutations mutations;

    Dictionaries(Recording recording) {
        this.recording = recording;
        this.mutations = new Mutations(recording);
    }

    /** {@code dict(...)}. */
    ScriptValue make(List<ScriptValue> arguments) throws ModelFormatException {
        Map<ScriptValue, ScriptValue> entries = new LinkedHashMap<>();
        if (!arguments.isEmpty()) {
            List<ScriptValue> pairs = arguments.get(0) instanceof ListObject list ? list.elements() : null;
            if (pairs == null) {
                throw recording.refuse(
                        "a dictionary made of a list that only the running model knows",
                        "a list of known length",
                        "set the entries one by one");
            }
            for (ScriptValue pair : pairs) {
                if (!(pair instanceof TupleValue tuple)
                        || tuple.elements().size() != 2
                        || !(tuple.elements().get(0) instanceof Constant)) {
                    throw recording.refuse("a dictionary made of " + pair.describe(), "pairs of key and value", SET);
                }
                entries.put(tuple.elements().get(0), tuple.elements().get(1));
            }
        }
        TypeName type = TypeName.of(
                "Dict",
                entries.isEmpty() ? TypeName.STR : Types.elementType(List.copyOf(entries.keySet())),
                Types.elementType(List.copyOf(entries.values())));
        return new DictObject(recording.heap(), type, new Content.Entries(entries));
    }

    private static final String SET = "set the entries one by one";

    /** {@code torch.name(dict, ...)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, DictObject dict, List<ScriptValue> arguments)
            throws ModelFormatException, CodeRaises {
        ScriptValue key = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
        ScriptValue third = arguments.size() > 2 ? arguments.get(2) : ScriptValue.NONE;
        Map<ScriptValue, ScriptValue> entries =
                dict.content() instanceof Content.Entries known ? known.entries() : null;
        return entries != null && key instanceof Constant
                ? known(name, dict, entries, key, third)
                : remote(name, dict, key, third, arguments.size());
    }

    private @Nullable ScriptValue known(
            String name, DictObject dict, Map<ScriptValue, ScriptValue> entries, ScriptValue key, ScriptValue third)
            throws ModelFormatException, CodeRaises {
        TypeName keyType = dict.type().arguments().get(0);
        switch (name) {
            case "len" -> {
                return new IntValue(entries.size());
            }
            case "keys", "list" -> {
                return recording.list(keyType, List.copyOf(entries.keySet()));
            }
            case "values" -> {
                return recording.list(dict.type().element(), List.copyOf(entries.values()));
            }
            case "items" -> {
                List<ScriptValue> pairs = new ArrayList<>();
                entries.forEach((k, v) -> pairs.add(new TupleValue(List.of(k, v))));
                return recording.list(TypeName.of("Tuple", keyType, dict.type().element()), pairs);
            }
            case "__contains__" -> {
                return new BoolValue(entries.containsKey(key));
            }
            case "__getitem__" -> {
                ScriptValue value = entries.get(key);
                if (value == null) {
                    throw recording.raise("KeyError: " + key.describe(), "KeyError");
                }
                return value;
            }
            case "get" -> {
                return entries.getOrDefault(key, third);
            }
            case "_set_item" -> {
                Map<ScriptValue, ScriptValue> changed = new LinkedHashMap<>(entries);
                changed.put(key, third);
                change(dict, changed);
                return ScriptValue.NONE;
            }
            case "setdefault" -> {
                ScriptValue value = entries.get(key);
                if (value == null) {
                    known("_set_item", dict, entries, key, third);
                }
                return value == null ? third : value;
            }
            case "pop", "Delete" -> {
                ScriptValue value = entries.containsKey(key) ? entries.get(key) : third;
                if (value == null || (!entries.containsKey(key) && name.equals("Delete"))) {
                    throw recording.raise("KeyError: " + key.describe(), "KeyError");
                }
                Map<ScriptValue, ScriptValue> changed = new LinkedHashMap<>(entries);
                changed.remove(key);
                change(dict, changed);
                return value;
            }
            case "clear" -> {
                change(dict, Map.of());
                return ScriptValue.NONE;
            }
            case "copy", "dict" -> {
                return new DictObject(recording.heap(), dict.type(), new Content.Entries(entries));
            }
            default -> {
                return null;
            }
        }
    }

    private void change(DictObject dict, Map<ScriptValue, ScriptValue> entries)
            throws ModelFormatException, CodeRaises {
        recording.spend(entries.size());
        mutations.change(dict, new Content.Entries(entries));
    }

    private @Nullable ScriptValue remote(String name, DictObject dict, ScriptValue key, ScriptValue third, int count)
            throws ModelFormatException, CodeRaises {
        TypeName keyType = dict.type().arguments().get(0);
        TypeName valueType = dict.type().element();
        switch (name) {
            case "len" -> {
                return recording.host(HostOp.LEN, TypeName.INT, dict);
            }
            case "keys", "list" -> {
                return recording.host(HostOp.KEYS, TypeName.of("List", keyType), dict);
            }
            case "values" -> {
                return recording.host(HostOp.VALUES, TypeName.of("List", valueType), dict);
            }
            case "items" -> {
                TypeName pair = TypeName.of("Tuple", keyType, valueType);
                return recording.host(HostOp.ITEMS, TypeName.of("List", pair), dict);
            }
            case "__contains__" -> {
                return recording.host(HostOp.CONTAINS, TypeName.BOOL, dict, key);
            }
            case "__getitem__" -> {
                return Mutations.taken(recording.host(HostOp.GET, valueType, dict, key), dict, key);
            }
            case "_set_item" -> {
                change(dict, recording.host(HostOp.SET, dict.type(), dict, key, Mutations.put(third)));
                return ScriptValue.NONE;
            }
            case "pop", "Delete" -> {
                if (count > 2) {
                    return null;
                }
                ScriptValue value = recording.host(HostOp.GET, valueType, dict, key);
                change(dict, recording.host(HostOp.REMOVE, dict.type(), dict, key));
                return value;
            }
            case "clear" -> {
                change(dict, Map.of());
                return ScriptValue.NONE;
            }
            case "copy", "dict" -> {
                return new DictObject(recording.heap(), dict.type(), dict.content());
            }
            case "update" -> {
                return updated(dict, key);
            }
            default -> {
                return null;
            }
        }
    }

    private @Nullable ScriptValue updated(DictObject dict, ScriptValue other) throws ModelFormatException, CodeRaises {
        if (!(other instanceof DictObject from)
                || !(from.content() instanceof Content.Entries added)
                || !(dict.content() instanceof Content.Entries known)) {
            return null;
        }
        Map<ScriptValue, ScriptValue> changed = new LinkedHashMap<>(known.entries());
        changed.putAll(added.entries());
        change(dict, changed);
        return ScriptValue.NONE;
    }

    private void change(DictObject dict, ScriptValue other) throws ModelFormatException, CodeRaises {
        mutations.change(dict, ((DictObject) other).content());
    }
}
