// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.json.JsonValue;

/** Reads what an archive says about a tensor: element type, sizes, strides. */
final class TensorMeta {

    private TensorMeta() {}

    /** Element type and shape; sizes may be symbolic. */
    static TensorSpec spec(JsonValue meta, Symbols symbols) throws ModelFormatException {
        DType dtype = dtype(meta);
        requireStrided(meta);
        List<Dim> dims = new ArrayList<>();
        for (JsonValue size : meta.field("sizes").elements()) {
            dims.add(dim(size, symbols));
        }
        TensorSpec spec = new TensorSpec(dtype, new Shape(dims));
        if (spec.shape().isStatic()) {
            try {
                spec.sizeBytes();
            } catch (ArithmeticException e) {
                throw meta.refuse("the sizes " + spec.shape(), "a tensor whose bytes can be counted in 64 bits");
            }
        }
        return spec;
    }

    static DType dtype(JsonValue meta) throws ModelFormatException {
        return dtypeOf(meta.field("dtype"));
    }

    static DType dtypeOf(JsonValue code) throws ModelFormatException {
        DType dtype = TorchCodes.archiveDType(code.integer());
        if (dtype == null) {
            throw code.refuse(
                    TorchCodes.archiveDTypeName(code.integer()),
                    "one of the element types " + List.of(DType.values()),
                    "convert the model to one of these before exporting");
        }
        return dtype;
    }

    static void requireStrided(JsonValue meta) throws ModelFormatException {
        JsonValue code = meta.field("layout");
        Argument.Constant layout = TorchCodes.archiveLayout(code.integer());
        if (layout == null || !layout.name().equals("strided")) {
            throw code.refuse(
                    layout == null ? "layout code " + code.integer() : "layout " + layout.name(),
                    "layout strided",
                    "make the tensor dense (to_dense()) before exporting");
        }
    }

    /** A list of sizes or strides that must be numbers. */
    static long[] fixed(JsonValue list) throws ModelFormatException {
        List<JsonValue> elements = list.elements();
        long[] fixed = new long[elements.size()];
        for (int i = 0; i < fixed.length; i++) {
            fixed[i] = fixedOne(elements.get(i));
        }
        return fixed;
    }

    static long fixedOne(JsonValue size) throws ModelFormatException {
        return size.field("as_int").integer();
    }

    private static Dim dim(JsonValue size, Symbols symbols) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = size.variant();
        JsonValue value = variant.getValue();
        return switch (variant.getKey()) {
            case "as_int" -> {
                if (value.integer() < 0) {
                    throw value.refuse("the size " + value.integer(), "a size that is not negative");
                }
                yield new Dim.Fixed(value.integer());
            }
            case "as_expr" -> symbols.dim(value.field("expr_str").text());
            default -> throw size.unexpected("as_int or as_expr");
        };
    }
}
