// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.json.JsonValue;

/**
 * The names that one graph of the archive gives to values, and what they stand for here: a value, or a constant. Graphs that
 * are put in line have scopes of their own but share a {@link Block}.
 */
final class Scope {

    private final Block block;
    private final String layerPrefix;
    private final String valuePrefix;
    private final Symbols symbols;
    private final Map<String, JsonValue> tensorMetas;
    private final Map<String, Argument> bound = new HashMap<>();

    /**
     * A scope without any names.
     *
     * @param layerPrefix what the names of layers are to begin with, so that they are unique in the model
     * @param valuePrefix what the names of values are to begin with, so that they are unique in the block
     */
    Scope(Block block, String layerPrefix, String valuePrefix, Symbols symbols, JsonValue graph)
            throws ModelFormatException {
        this.block = block;
        this.layerPrefix = layerPrefix;
        this.valuePrefix = valuePrefix;
        this.symbols = symbols;
        this.tensorMetas = graph.field("tensor_values").fields();
    }

    Block block() {
        return block;
    }

    /** The name of a layer in the model. */
    String layerName(String name) {
        return layerPrefix + name;
    }

    /** The name of a value in the block. */
    String valueName(String name) {
        return valuePrefix + name;
    }

    /** Lets a name stand for what is there already. */
    void bind(JsonValue name, Argument value) throws ModelFormatException {
        if (bound.putIfAbsent(name.text(), value) != null) {
            throw name.refuse("a second value of the name " + name.text(), "a name of its own");
        }
    }

    /** A tensor that the caller brings. */
    int inputTensor(JsonValue name) throws ModelFormatException {
        return define(name, block.addInput(valueName(name.text()), spec(name)));
    }

    /** A scalar that the caller brings. */
    int inputScalar(JsonValue name, ScalarType type) throws ModelFormatException {
        return define(name, block.addInput(valueName(name.text()), type));
    }

    /** A weight; the graph and the weight must agree about it. */
    int weight(JsonValue name, String weightName, Weight.Kind kind, Tensor data) throws ModelFormatException {
        requireSpec(name, weightName, data);
        return define(name, block.addWeight(valueName(name.text()), weightName, kind, data));
    }

    /** A state and the weight that it begins with, in this order. */
    int[] state(JsonValue name, String weightName, Weight.Kind kind, Tensor data) throws ModelFormatException {
        requireSpec(name, weightName, data);
        int state = define(name, block.addValue(valueName(name.text()), data.spec()));
        return new int[] {state, block.addWeight(valueName(name.text() + ".initial"), weightName, kind, data)};
    }

    private void requireSpec(JsonValue name, String weightName, Tensor data) throws ModelFormatException {
        TensorSpec spec = spec(name);
        if (!spec.equals(data.spec())) {
            throw name.refuse(
                    "the weight " + weightName + " of type " + data.spec(),
                    spec + ", as the graph says",
                    "the archive is damaged: " + ArchiveLayout.EXPORT_AGAIN);
        }
    }

    /** A tensor that a node makes. */
    int madeTensor(JsonValue name) throws ModelFormatException {
        return define(name, block.addValue(valueName(name.text()), spec(name)));
    }

    /** A scalar that a node makes. */
    int madeScalar(JsonValue name, ScalarType type) throws ModelFormatException {
        return define(name, block.addValue(valueName(name.text()), type));
    }

    /** What a name stands for by now. */
    Argument lookup(JsonValue name) throws ModelFormatException {
        Argument value = bound.get(name.text());
        if (value == null) {
            throw name.refuse(
                    "the value \"" + name.text() + "\", which no input, weight or earlier node makes",
                    "a value that exists by then");
        }
        return value;
    }

    /** A tensor that exists by now. */
    Argument.Ref tensor(JsonValue name) throws ModelFormatException {
        Argument value = lookup(name);
        if (value instanceof Argument.Ref ref && block.type(ref.value()) instanceof TensorSpec) {
            return ref;
        }
        throw name.refuse("the value " + name.text() + " of type " + describe(value), "a tensor");
    }

    /** A scalar that exists by now, or a constant of its type. */
    Argument scalar(JsonValue name, ScalarType type) throws ModelFormatException {
        Argument value = lookup(name);
        boolean fits = value instanceof Argument.Ref ref
                ? block.type(ref.value()) == type
                : switch (type) {
                    case INT -> value instanceof Argument.Int;
                    case FLOAT -> value instanceof Argument.Real;
                    case BOOL -> value instanceof Argument.Bool;
                };
        if (!fits) {
            throw name.refuse("the value " + name.text() + " of type " + describe(value), "a value of type " + type);
        }
        return value;
    }

    private String describe(Argument value) {
        if (!(value instanceof Argument.Ref ref)) {
            return "constant";
        }
        ValueType type = block.type(ref.value());
        return type instanceof TensorSpec ? "tensor" : type.toString();
    }

    private int define(JsonValue name, int id) throws ModelFormatException {
        bind(name, new Argument.Ref(id));
        return id;
    }

    /** What the archive says about a tensor of this scope. */
    TensorSpec spec(JsonValue name) throws ModelFormatException {
        return TensorMeta.spec(meta(name), symbols);
    }

    /** The entry of a tensor in the archive. */
    JsonValue meta(JsonValue name) throws ModelFormatException {
        @Nullable JsonValue meta = tensorMetas.get(name.text());
        if (meta == null) {
            throw name.refuse("no description of the tensor " + name.text(), "an entry for it in tensor_values");
        }
        return meta.named("tensor " + layerPrefix + name.text());
    }
}
