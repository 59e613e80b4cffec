// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.json.JsonValue;

/** The values of a graph under construction: what the exporter calls them, their types, their ids. */
final class Values {

    private final LayerGraph.Builder builder;
    private final Symbols symbols;
    private final Map<String, JsonValue> tensorMetas;
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<ValueType> types = new ArrayList<>();

    Values(LayerGraph.Builder builder, Symbols symbols, Map<String, JsonValue> tensorMetas) {
        this.builder = builder;
        this.symbols = symbols;
        this.tensorMetas = tensorMetas;
    }

    /** Type of a value. */
    ValueType type(int id) {
        return types.get(id);
    }

    /** A tensor that the caller brings. */
    int inputTensor(JsonValue name) throws ModelFormatException {
        TensorSpec spec = specOf(name);
        return define(name, spec, builder.addInput(name.text(), spec));
    }

    /** A scalar that the caller brings. */
    int inputScalar(JsonValue name, ScalarType type) throws ModelFormatException {
        return define(name, type, builder.addInput(name.text(), type));
    }

    /** A weight; the graph and the weight must agree about it. */
    int weight(JsonValue name, String weightName, Weight.Kind kind, Tensor data) throws ModelFormatException {
        TensorSpec spec = specOf(name);
        if (!spec.equals(data.spec())) {
            throw name.refuse(
                    "the weight " + weightName + " of type " + data.spec(),
                    spec + ", as the graph says",
                    "the archive is damaged: " + ArchiveLayout.EXPORT_AGAIN);
        }
        return define(name, spec, builder.addWeight(name.text(), weightName, kind, data));
    }

    /** A tensor that a node makes. */
    int madeTensor(JsonValue name) throws ModelFormatException {
        TensorSpec spec = specOf(name);
        return define(name, spec, builder.addValue(name.text(), spec));
    }

    /** A scalar that a node makes. */
    int madeScalar(JsonValue name, ScalarType type) throws ModelFormatException {
        return define(name, type, builder.addValue(name.text(), type));
    }

    /** The id of a tensor that exists by now. */
    int tensor(JsonValue name) throws ModelFormatException {
        int id = existing(name);
        if (!(types.get(id) instanceof TensorSpec)) {
            throw name.refuse("the value " + name.text() + " of type " + describe(types.get(id)), "a tensor");
        }
        return id;
    }

    /** The id of a scalar that exists by now. */
    int scalar(JsonValue name, ScalarType type) throws ModelFormatException {
        int id = existing(name);
        if (types.get(id) != type) {
            throw name.refuse(
                    "the value " + name.text() + " of type " + describe(types.get(id)), "a value of type " + type);
        }
        return id;
    }

    private static String describe(ValueType type) {
        return type instanceof TensorSpec ? "tensor" : type.toString();
    }

    private int existing(JsonValue name) throws ModelFormatException {
        Integer id = ids.get(name.text());
        if (id == null) {
            throw name.refuse(
                    "the value \"" + name.text() + "\", which no input, weight or earlier node makes",
                    "a value that exists by then");
        }
        return id;
    }

    private int define(JsonValue name, ValueType type, int id) throws ModelFormatException {
        if (ids.putIfAbsent(name.text(), id) != null) {
            throw name.refuse("a second value of the name " + name.text(), "a name of its own");
        }
        types.add(type);
        return id;
    }

    private TensorSpec specOf(JsonValue name) throws ModelFormatException {
        @Nullable JsonValue meta = tensorMetas.get(name.text());
        if (meta == null) {
            throw name.refuse("no description of the tensor " + name.text(), "an entry for it in tensor_values");
        }
        return TensorMeta.spec(meta.named("tensor " + name.text()), symbols);
    }
}
