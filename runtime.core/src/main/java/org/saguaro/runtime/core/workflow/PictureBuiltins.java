// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.saguaro.runtime.core.workflow.StageLayers.flag;
import static org.saguaro.runtime.core.workflow.StageLayers.integer;
import static org.saguaro.runtime.core.workflow.StageLayers.integers;
import static org.saguaro.runtime.core.workflow.StageLayers.like;
import static org.saguaro.runtime.core.workflow.StageLayers.none;
import static org.saguaro.runtime.core.workflow.StageLayers.real;
import static org.saguaro.runtime.core.workflow.StageLayers.tensor;
import static org.saguaro.runtime.core.workflow.StageLayers.viewed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.workflow.Description.Parameters;

/** Steps that make of a camera's picture what a network takes, and of numbers other numbers. */
final class PictureBuiltins {

    private static final double LARGEST = 1e30;

    private PictureBuiltins() {}

    static List<Builtin> all() {
        return List.of(
                new Builtin(
                        "scale",
                        "x * factor + offset as float32: any shape, any real element type; the factor 1/255 makes 0..255 to 0..1",
                        1,
                        1,
                        List.of(
                                Parameter.number("factor", "what elements are multiplied by", 1.0, -LARGEST, LARGEST),
                                Parameter.number("offset", "what is added then", 0.0, -LARGEST, LARGEST)),
                        List.of("output"),
                        PictureBuiltins::scale),
                new Builtin(
                        "cast",
                        "the same numbers in another element type: any shape",
                        1,
                        1,
                        List.of(Parameter.text(
                                "type", "an element type, for instance float32", TypeText.DTYPE_PATTERN)),
                        List.of("output"),
                        PictureBuiltins::cast),
                new Builtin(
                        "clamp",
                        "elements below the least one or above the largest one become that one: any shape",
                        1,
                        1,
                        List.of(
                                Parameter.number("least", "the least one", null, -LARGEST, LARGEST),
                                Parameter.number("most", "the largest one", null, -LARGEST, LARGEST)),
                        List.of("output"),
                        PictureBuiltins::clamp),
                new Builtin(
                        "layout",
                        "dimensions in another order, by letters: from HWC to NCHW; a letter only in 'to' is a new dimension of"
                                + " size 1, one only in 'from' must be of size 1 and goes",
                        1,
                        1,
                        List.of(
                                Parameter.text("from", "a letter for each dimension of the input", "^[A-Z]{1,8}$"),
                                Parameter.text("to", "a letter for each dimension of the output", "^[A-Z]{1,8}$")),
                        List.of("output"),
                        PictureBuiltins::layout),
                new Builtin(
                        "resize",
                        "[N, C, h, w] -> [N, C, height, width], floating-point; as torch.nn.functional.interpolate without antialiasing",
                        1,
                        1,
                        List.of(
                                Parameter.size("height", "of the output"),
                                Parameter.size("width", "of the output"),
                                Parameter.choice(
                                        "mode", "how pixels are found", "bilinear", List.of("bilinear", "nearest"))),
                        List.of("output"),
                        PictureBuiltins::resize),
                new Builtin(
                        "crop",
                        "[..., h, w] -> [..., height, width]: a part of the picture; without top and left, its centre",
                        1,
                        1,
                        List.of(
                                Parameter.size("height", "of the part"),
                                Parameter.size("width", "of the part"),
                                Parameter.integer("top", "row where it begins", null, 0, 1 << 24)
                                        .asOptional(),
                                Parameter.integer("left", "column where it begins", null, 0, 1 << 24)
                                        .asOptional()),
                        List.of("output"),
                        PictureBuiltins::crop),
                new Builtin(
                        "pad",
                        "[..., h, w] -> [..., top + h + bottom, left + w + right], filled with a value; of a single row (sound) only left and right",
                        1,
                        1,
                        List.of(
                                Parameter.integer("left", "columns added before", 0L, 0, 1 << 24),
                                Parameter.integer("right", "columns added after", 0L, 0, 1 << 24),
                                Parameter.integer("top", "rows added above", 0L, 0, 1 << 24),
                                Parameter.integer("bottom", "rows added below", 0L, 0, 1 << 24),
                                Parameter.number("value", "what is filled in", 0.0, -LARGEST, LARGEST)),
                        List.of("output"),
                        PictureBuiltins::pad),
                new Builtin(
                        "normalise",
                        "(x - mean) / std for each channel: [N, C, ...], floating-point",
                        1,
                        1,
                        List.of(
                                Parameter.numbers("mean", "one number per channel", -LARGEST, LARGEST),
                                Parameter.numbers("std", "one positive number per channel", 1e-30, LARGEST)),
                        List.of("output"),
                        PictureBuiltins::normalise));
    }

    private static List<Integer> scale(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        TensorSpec spec = x.spec();
        if (spec != null && (spec.dtype() == DType.COMPLEX64 || spec.dtype() == DType.COMPLEX128)) {
            throw x.wrong("real numbers");
        }
        ValueType type = like(x, DType.FLOAT32);
        int value = spec != null && spec.dtype() == DType.FLOAT32 ? x.value() : toType(layers, x, DType.FLOAT32);
        if (parameters.number("factor") != 1) {
            value = layers.layer(
                    "aten.mul.Scalar", type, tensor("self", value), real("other", parameters.number("factor")));
        }
        if (parameters.number("offset") != 0) {
            value = layers.layer(
                    "aten.add.Scalar",
                    type,
                    tensor("self", value),
                    real("other", parameters.number("offset")),
                    integer("alpha", 1));
        }
        return List.of(value);
    }

    private static int toType(StageLayers layers, Operand x, DType dtype) {
        return layers.layer(
                "aten._to_copy.default",
                like(x, dtype),
                tensor("self", x.value()),
                StageLayers.type("dtype", dtype),
                none("layout"),
                none("device"),
                none("pin_memory"),
                flag("non_blocking", false),
                none("memory_format"));
    }

    private static List<Integer> cast(StageLayers layers, List<Operand> inputs, Parameters parameters) {
        DType dtype = TypeText.dtype(parameters.text("type"));
        if (dtype == null) {
            throw new IllegalArgumentException("the schema allows element types only");
        }
        return List.of(toType(layers, inputs.get(0), dtype));
    }

    private static List<Integer> clamp(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        x.requireFloat();
        if (parameters.number("least") > parameters.number("most")) {
            throw parameters.wrong(
                    "least",
                    "found " + parameters.number("least") + ", expected at most the largest one, "
                            + parameters.number("most"));
        }
        return List.of(layers.layer(
                "aten.clamp.default",
                like(x),
                tensor("self", x.value()),
                real("min", parameters.number("least")),
                real("max", parameters.number("most"))));
    }

    private static List<Integer> layout(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        String from = parameters.text("from");
        String to = parameters.text("to");
        requireDistinct(parameters, "from", from);
        requireDistinct(parameters, "to", to);
        if (x.shape().rank() != from.length()) {
            throw x.wrong("as many dimensions as '" + from + "' has letters");
        }
        List<Dim> dims = new ArrayList<>(x.shape().dims());
        StringBuilder letters = new StringBuilder(from);
        int value = x.value();
        for (int i = from.length() - 1; i >= 0; i--) {
            if (to.indexOf(from.charAt(i)) < 0) {
                if (!dims.get(i).equals(new Dim.Fixed(1))) {
                    throw x.wrong("size 1 for " + from.charAt(i) + ", which goes");
                }
                dims.remove(i);
                letters.deleteCharAt(i);
                value = layers.layer("aten.squeeze.dim", spec(x, dims), viewed("self", value), integer("dim", i));
            }
        }
        String kept = letters.toString();
        String order = to.chars()
                .filter(letter -> kept.indexOf(letter) >= 0)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        if (!order.equals(kept)) {
            long[] permutation = order.chars().mapToLong(kept::indexOf).toArray();
            List<Dim> before = List.copyOf(dims);
            dims.clear();
            Arrays.stream(permutation).forEach(axis -> dims.add(before.get((int) axis)));
            value = layers.layer(
                    "aten.permute.default", spec(x, dims), viewed("self", value), integers("dims", permutation));
        }
        for (int i = 0; i < to.length(); i++) {
            if (kept.indexOf(to.charAt(i)) < 0) {
                dims.add(i, new Dim.Fixed(1));
                value = layers.layer("aten.unsqueeze.default", spec(x, dims), viewed("self", value), integer("dim", i));
            }
        }
        return List.of(value);
    }

    private static void requireDistinct(Parameters parameters, String name, String letters) throws StageException {
        if (letters.chars().distinct().count() != letters.length()) {
            throw parameters.wrong(name, "found '" + letters + "', expected every letter once");
        }
    }

    private static TensorSpec spec(Operand x, List<Dim> dims) throws StageException {
        return new TensorSpec(x.dtype(), new Shape(dims));
    }

    private static List<Integer> resize(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        x.requireFloat();
        x.requireRank(4, 4, "[N, C, h, w] (use layout before)");
        long height = parameters.integer("height");
        long width = parameters.integer("width");
        TensorSpec spec = x.spec();
        ValueType type = spec == null
                ? like(x)
                : new TensorSpec(
                        spec.dtype(),
                        new Shape(List.of(
                                spec.shape().dims().get(0),
                                spec.shape().dims().get(1),
                                new Dim.Fixed(height),
                                new Dim.Fixed(width))));
        NamedArgument input = tensor("input", x.value());
        NamedArgument size = integers("output_size", height, width);
        return List.of(
                parameters.text("mode").equals("nearest")
                        ? layers.layer("aten.upsample_nearest2d.vec", type, input, size, none("scale_factors"))
                        : layers.layer(
                                "aten.upsample_bilinear2d.vec",
                                type,
                                input,
                                size,
                                flag("align_corners", false),
                                none("scale_factors")));
    }

    private static List<Integer> crop(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int rank = x.shape().rank();
        x.requireRank(2, 8, "[..., h, w]");
        int rows = slice(layers, x, x.value(), x.known(), rank - 2, "top", "height", parameters);
        TensorSpec half = (TensorSpec) StageLayers.with(x, rank - 2, new Dim.Fixed(parameters.integer("height")), null);
        return List.of(slice(layers, x, rows, half, rank - 1, "left", "width", parameters));
    }

    private static int slice(
            StageLayers layers,
            Operand x,
            int value,
            TensorSpec spec,
            int axis,
            String startName,
            String sizeName,
            Parameters parameters)
            throws StageException {
        long size = parameters.integer(sizeName);
        if (!(spec.shape().dims().get(axis) instanceof Dim.Fixed whole)) {
            throw x.wrong("a " + sizeName + " that is known when the workflow is deployed");
        }
        long start = parameters.has(startName) ? parameters.integer(startName) : (whole.size() - size) / 2;
        if (start < 0 || start + size > whole.size()) {
            throw parameters.wrong(
                    parameters.has(startName) ? startName : sizeName,
                    "found " + size + " from " + start + " on, expected a part of " + whole.size());
        }
        List<Dim> dims = new ArrayList<>(spec.shape().dims());
        dims.set(axis, new Dim.Fixed(size));
        return layers.layer(
                "aten.slice.Tensor",
                new TensorSpec(spec.dtype(), new Shape(dims)),
                viewed("self", value),
                integer("dim", axis),
                integer("start", start),
                integer("end", start + size),
                integer("step", 1));
    }

    private static List<Integer> pad(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        long[] amounts = {
            parameters.integer("left"),
            parameters.integer("right"),
            parameters.integer("top"),
            parameters.integer("bottom")
        };
        boolean rows = amounts[2] + amounts[3] > 0;
        int rank = x.shape().rank();
        x.requireRank(rows ? 2 : 1, 8, rows ? "[..., h, w]" : "[..., w]");
        List<Dim> dims = new ArrayList<>(x.shape().dims());
        dims.set(rank - 1, Sizes.plus(dims.get(rank - 1), amounts[0] + amounts[1]));
        if (rows) {
            dims.set(rank - 2, Sizes.plus(dims.get(rank - 2), amounts[2] + amounts[3]));
        }
        return List.of(layers.layer(
                "aten.constant_pad_nd.default",
                spec(x, dims),
                tensor("self", x.value()),
                integers("pad", rows ? amounts : Arrays.copyOf(amounts, 2)),
                real("value", parameters.number("value"))));
    }

    private static List<Integer> normalise(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        x.requireFloat();
        double[] mean = parameters.numbers("mean");
        double[] std = parameters.numbers("std");
        int rank = x.shape().rank();
        x.requireRank(2, 8, "[N, C, ...]");
        if (mean.length != std.length) {
            throw parameters.wrong(
                    "std", "found " + std.length + " numbers, expected " + mean.length + " as the mean has");
        }
        if (!x.dim(1).accepts(mean.length)) {
            throw x.wrong(mean.length + " channels, as the mean has, in the second dimension");
        }
        if (x.dtype() != DType.FLOAT32) {
            throw x.wrong("float32 (use cast before)");
        }
        int centred = layers.layer(
                "aten.sub.Tensor",
                x.known(),
                tensor("self", x.value()),
                tensor("other", layers.constant("mean", channels(mean, rank))),
                integer("alpha", 1));
        return List.of(layers.layer(
                "aten.div.Tensor",
                x.known(),
                tensor("self", centred),
                tensor("other", layers.constant("std", channels(std, rank)))));
    }

    private static Tensor channels(double[] values, int rank) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        long[] sizes = new long[rank - 1];
        Arrays.fill(sizes, 1);
        sizes[0] = values.length;
        return Tensor.of(floats, sizes);
    }
}
