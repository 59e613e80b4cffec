// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.pickle.Complex;
import org.saguaro.model.torch.pickle.PickledEnum;
import org.saguaro.model.torch.pickle.PickledObject;
import org.saguaro.model.torch.pickle.Tuple;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.ClassDefinition;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.EnumMember;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * The objects that the archive pickles, on the heap: modules by their paths, and their weights, each of which has the name
 * under which it is first met however many modules share it.
 */
final class ModuleTree {

    private static final int MAX_DEPTH = 200;

    private final Recording recording;
    private final CodeLibrary library;
    private final IdentityHashMap<PickledObject, Instance> instances = new IdentityHashMap<>();
    private final Map<String, Instance> byPath = new LinkedHashMap<>();
    private final IdentityHashMap<Tensor, TensorObject> tensors = new IdentityHashMap<>();
    private final IdentityHashMap<Object, ScriptValue> containers = new IdentityHashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    private int depth;

    ModuleTree(Recording recording, CodeLibrary library) {
        this.recording = recording;
        this.library = library;
    }

    /** The model itself. */
    Instance root(PickledObject model, Position at) throws ModelFormatException {
        return instance("", model, at);
    }

    /** A constant of the code. */
    ScriptValue constant(String name, @Nullable Object pickled, Position at) throws ModelFormatException {
        return value(name, Weight.Kind.CONSTANT, TypeName.ANY, pickled, at);
    }

    /** The modules and other objects, by the path under which they were first met. */
    Map<String, Instance> byPath() {
        return byPath;
    }

    private Instance instance(String path, PickledObject pickled, Position at) throws ModelFormatException {
        Instance known = instances.get(pickled);
        if (known != null) {
            return known;
        }
        ClassDefinition definition = library.findClass(pickled.className());
        if (definition == null) {
            throw at.refuse("an object of class " + pickled.className(), "a class that the archive's code defines");
        }
        if (definition.methods().containsKey("__setstate__")) {
            throw at.refuse(
                    "an object of class " + pickled.className()
                            + ", which is restored by code of its own (__setstate__)," + " as quantised modules are",
                    "modules of plain tensors",
                    "save the model in float, before it is quantised or optimised for mobile");
        }
        Instance instance = new Instance(
                recording.heap(),
                pickled.className(),
                definition.isModule() ? path : null,
                new Content.Fields(Map.of()));
        instances.put(pickled, instance);
        byPath.put(path, instance);
        if (!(pickled.state() instanceof Map<?, ?> state)) {
            throw at.refuse("an object of class " + pickled.className() + " without attributes", "its attributes");
        }
        if (++depth > MAX_DEPTH) {
            throw at.refuse("modules more than " + MAX_DEPTH + " deep inside each other", "fewer");
        }
        Map<String, ScriptValue> fields = new LinkedHashMap<>();
        // Weights first, so that they have the names of the modules that own them.
        List<Map.Entry<?, ?>> entries = new ArrayList<>(state.entrySet());
        for (Map.Entry<?, ?> entry : entries) {
            String name = String.valueOf(entry.getKey());
            if (entry.getValue() instanceof Tensor tensor) {
                fields.put(name, tensor(join(path, name), kind(definition, name), tensor));
            }
        }
        for (Map.Entry<?, ?> entry : entries) {
            String name = String.valueOf(entry.getKey());
            if (!(entry.getValue() instanceof Tensor)) {
                ClassDefinition.Attribute attribute = definition.attributes().get(name);
                TypeName type = attribute == null ? TypeName.ANY : attribute.type();
                fields.put(name, value(join(path, name), kind(definition, name), type, entry.getValue(), at));
            }
        }
        depth--;
        recording.heap().change(instance, new Content.Fields(fields));
        return instance;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static Weight.Kind kind(ClassDefinition definition, String name) {
        if (definition.parameters().contains(name)) {
            return Weight.Kind.PARAMETER;
        }
        return definition.buffers().contains(name) ? Weight.Kind.BUFFER : Weight.Kind.CONSTANT;
    }

    private TensorObject tensor(String name, Weight.Kind kind, Tensor data) {
        TensorObject known = tensors.get(data);
        if (known == null) {
            int count = names.merge(name, 1, Integer::sum);
            known = recording.tensor(Node.weight(count == 1 ? name : name + "_" + count, kind, data));
            tensors.put(data, known);
        }
        return known;
    }

    private ScriptValue value(String name, Weight.Kind kind, TypeName declared, @Nullable Object pickled, Position at)
            throws ModelFormatException {
        TypeName type = declared.unwrapped();
        if (pickled == null) {
            return ScriptValue.NONE;
        } else if (pickled instanceof Tensor tensor) {
            return tensor(name, kind, tensor);
        } else if (pickled instanceof PickledObject object) {
            return instance(name, object, at);
        } else if (pickled instanceof Long number) {
            return new ScriptValue.IntValue(number);
        } else if (pickled instanceof Double number) {
            return new ScriptValue.FloatValue(number);
        } else if (pickled instanceof Boolean bool) {
            return new ScriptValue.BoolValue(bool);
        } else if (pickled instanceof String text) {
            return new ScriptValue.TextValue(text);
        } else if (pickled instanceof Complex number) {
            return new ScriptValue.ComplexValue(number.real(), number.imaginary());
        } else if (pickled instanceof Argument.Constant constant && constant.kind() == Argument.Constant.Kind.DEVICE) {
            return new ScriptValue.DeviceValue("cpu");
        } else if (pickled instanceof DType dtype) {
            return new ScriptValue.IntValue(codeOf(dtype));
        } else if (pickled instanceof PickledEnum member) {
            return member(member, at);
        }
        ScriptValue shared = containers.get(pickled);
        if (shared == null) {
            if (++depth > MAX_DEPTH) {
                throw at.refuse("containers more than " + MAX_DEPTH + " deep inside each other", "fewer");
            }
            shared = container(name, kind, type, pickled, at);
            depth--;
            containers.put(pickled, shared);
        }
        return shared;
    }

    private ScriptValue container(String name, Weight.Kind kind, TypeName type, Object pickled, Position at)
            throws ModelFormatException {
        if (pickled instanceof Tuple tuple) {
            List<ScriptValue> elements = elements(name, kind, TypeName.ANY, tuple.elements(), at);
            return new TupleValue(elements, library.fields(type.name()) == null ? null : type.name());
        } else if (pickled instanceof List<?> list) {
            List<ScriptValue> elements = elements(name, kind, type.element(), list, at);
            return recording.list(type.is("List") ? type.element() : Types.elementType(elements), elements);
        } else if (pickled instanceof Map<?, ?> map) {
            Map<ScriptValue, ScriptValue> entries = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                String key = String.valueOf(entry.getKey());
                entries.put(
                        value(name, kind, TypeName.ANY, entry.getKey(), at),
                        value(join(name, key), kind, type.element(), entry.getValue(), at));
            }
            TypeName dictType = type.is("Dict")
                    ? type
                    : TypeName.of(
                            "Dict",
                            Types.elementType(List.copyOf(entries.keySet())),
                            Types.elementType(List.copyOf(entries.values())));
            return new DictObject(recording.heap(), dictType, new Content.Entries(entries));
        }
        throw at.refuse(
                "an attribute " + name + " of the kind "
                        + pickled.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                "tensors, numbers, texts, modules and containers of them",
                "remove the attribute before saving");
    }

    private List<ScriptValue> elements(String name, Weight.Kind kind, TypeName type, List<?> pickled, Position at)
            throws ModelFormatException {
        List<ScriptValue> elements = new ArrayList<>();
        for (int i = 0; i < pickled.size(); i++) {
            elements.add(value(join(name, String.valueOf(i)), kind, type, pickled.get(i), at));
        }
        return elements;
    }

    private EnumMember member(PickledEnum pickled, Position at) throws ModelFormatException {
        if (value("", Weight.Kind.CONSTANT, TypeName.ANY, pickled.value(), at) instanceof ScriptValue.Constant value) {
            return new EnumMember(pickled.className(), value.describe(), value);
        }
        throw at.refuse("a member of " + pickled.className() + " that is no constant", "a number or a text");
    }

    /** PyTorch's number for an element type. */
    private static long codeOf(DType dtype) {
        return switch (dtype) {
            case UINT8 -> 0;
            case INT8 -> 1;
            case INT16 -> 2;
            case INT32 -> 3;
            case INT64 -> 4;
            case FLOAT16 -> 5;
            case FLOAT32 -> 6;
            case FLOAT64 -> 7;
            case COMPLEX64 -> 9;
            case COMPLEX128 -> 10;
            case BOOL -> 11;
            case BFLOAT16 -> 15;
        };
    }
}
