// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.saguaro.runtime.core.workflow.StageLayers.flag;
import static org.saguaro.runtime.core.workflow.StageLayers.integer;
import static org.saguaro.runtime.core.workflow.StageLayers.like;
import static org.saguaro.runtime.core.workflow.StageLayers.none;
import static org.saguaro.runtime.core.workflow.StageLayers.real;
import static org.saguaro.runtime.core.workflow.StageLayers.tensor;
import static org.saguaro.runtime.core.workflow.StageLayers.viewed;
import static org.saguaro.runtime.core.workflow.StageLayers.with;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.workflow.Description.Parameters;

/** Steps that make an answer of what a network says. */
final class ScoreBuiltins {

    private ScoreBuiltins() {}

    static List<Builtin> all() {
        return List.of(
                new Builtin(
                        "softmax",
                        "exp(x) over its sum along a dimension: any shape, floating-point",
                        1,
                        1,
                        List.of(Parameter.axis("the dimension", -1L)),
                        List.of("output"),
                        ScoreBuiltins::softmax),
                new Builtin(
                        "sigmoid",
                        "1 / (1 + exp(-x)): any shape, floating-point",
                        1,
                        1,
                        List.of(),
                        List.of("output"),
                        (layers, inputs, parameters) -> {
                            inputs.get(0).requireFloat();
                            return List.of(layers.layer(
                                    "aten.sigmoid.default",
                                    like(inputs.get(0)),
                                    tensor("self", inputs.get(0).value())));
                        }),
                new Builtin(
                        "argmax",
                        "position of the largest element along a dimension, which goes: int64",
                        1,
                        1,
                        List.of(Parameter.axis("the dimension", -1L)),
                        List.of("output"),
                        ScoreBuiltins::argmax),
                new Builtin(
                        "max",
                        "the largest element along a dimension, which goes, and its position as int64",
                        1,
                        1,
                        List.of(Parameter.axis("the dimension", -1L)),
                        List.of("values", "indices"),
                        (layers, inputs, parameters) -> {
                            Operand x = inputs.get(0);
                            int axis = x.axis(parameters);
                            return layers.layer(
                                    "aten.max.dim",
                                    List.of(with(x, axis, null, null), with(x, axis, null, DType.INT64)),
                                    tensor("self", x.value()),
                                    integer("dim", axis),
                                    flag("keepdim", false));
                        }),
                new Builtin(
                        "top-k",
                        "the largest elements along a dimension, the largest first, and their positions as int64",
                        1,
                        1,
                        List.of(Parameter.size("count", "how many"), Parameter.axis("the dimension", -1L)),
                        List.of("values", "indices"),
                        ScoreBuiltins::topK),
                new Builtin(
                        "nms",
                        "non-maximum suppression of boxes [K, 4] (x1, y1, x2, y2) with scores [K] and, if given, classes [K], a leading 1"
                                + " allowed: those whose score is above the threshold and that overlap no better one more than"
                                + " allowed, best first; with classes, boxes of different classes do not suppress each other",
                        2,
                        3,
                        List.of(
                                Parameter.number(
                                        "iouThreshold", "largest overlap (intersection over union)", 0.5, 0, 1),
                                Parameter.number("scoreThreshold", "scores must be above it", 0.0, -1e30, 1e30)),
                        List.of("boxes", "scores", "indices", "classes"),
                        ScoreBuiltins::nms));
    }

    private static List<Integer> softmax(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        x.requireFloat();
        return List.of(layers.layer(
                "aten.softmax.int",
                like(x),
                tensor("self", x.value()),
                integer("dim", x.axis(parameters)),
                none("dtype")));
    }

    private static List<Integer> argmax(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int axis = x.axis(parameters);
        return List.of(layers.layer(
                "aten.argmax.default",
                with(x, axis, null, DType.INT64),
                tensor("self", x.value()),
                integer("dim", axis),
                flag("keepdim", false)));
    }

    private static List<Integer> topK(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int axis = x.axis(parameters);
        long count = parameters.integer("count");
        if (x.spec() != null && x.dim(axis) instanceof Dim.Fixed size && count > size.size()) {
            throw parameters.wrong(
                    "count",
                    "found " + count + ", expected at most the " + size.size() + " elements of " + x.from()
                            + " along dimension " + axis);
        }
        Dim kept = new Dim.Fixed(count);
        return layers.layer(
                "aten.topk.default",
                List.of(with(x, axis, kept, null), with(x, axis, kept, DType.INT64)),
                tensor("self", x.value()),
                integer("k", count),
                integer("dim", axis),
                flag("largest", true),
                flag("sorted", true));
    }

    /** As torchvision's batched_nms on those above the threshold. */
    private static List<Integer> nms(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand boxes = flat(layers, inputs.get(0), 2, "[K, 4]");
        Operand scores = flat(layers, inputs.get(1), 1, "[K]");
        if (boxes.spec() != null && !boxes.dim(1).equals(new Dim.Fixed(4))) {
            throw inputs.get(0).wrong("[K, 4]");
        }
        boxes.requireFloat();
        scores.requireFloat();
        Dim all = null;
        if (boxes.spec() != null && scores.spec() != null) {
            all = boxes.dim(0);
            if (!all.equals(scores.dim(0))) {
                throw inputs.get(1)
                        .wrong("as many scores as " + inputs.get(0).from() + ", " + boxes.known() + ", has boxes");
            }
            if (boxes.dtype() != scores.dtype()) {
                throw inputs.get(1).wrong(boxes.dtype() + " as " + inputs.get(0).from());
            }
        }
        long most = all instanceof Dim.Fixed fixed ? fixed.size() : Long.MAX_VALUE;
        Dim candidates = new Dim.Symbolic(Names.size(layers.stage(), "candidates"), 0, most);
        Dim kept = new Dim.Symbolic(Names.size(layers.stage(), "kept"), 0, most);
        boolean known = all != null;
        DType dtype = boxes.spec() == null ? null : boxes.dtype();

        int above = layers.layer(
                "aten.gt.Scalar",
                like(scores, DType.BOOL),
                tensor("self", scores.value()),
                real("other", parameters.number("scoreThreshold")));
        int where = layers.layer(
                "aten.nonzero.default", type(known, DType.INT64, candidates, new Dim.Fixed(1)), tensor("self", above));
        int candidate = layers.layer(
                "aten.squeeze.dim", type(known, DType.INT64, candidates), viewed("self", where), integer("dim", 1));
        int their = pick(
                layers, spread(layers, inputs, boxes), candidate, type(known, dtype, candidates, new Dim.Fixed(4)));
        int theirScores = pick(layers, scores.value(), candidate, type(known, dtype, candidates));
        int best = layers.layer(
                "torchvision.nms.default",
                type(known, DType.INT64, kept),
                tensor("dets", their),
                tensor("scores", theirScores),
                real("iou_threshold", parameters.number("iouThreshold")));
        int indices = pick(layers, candidate, best, type(known, DType.INT64, kept));

        List<Integer> outputs = new ArrayList<>();
        outputs.add(pick(layers, boxes.value(), indices, type(known, dtype, kept, new Dim.Fixed(4))));
        outputs.add(pick(layers, scores.value(), indices, type(known, dtype, kept)));
        outputs.add(indices);
        if (inputs.size() > 2) {
            Operand classes = flat(layers, inputs.get(2), 1, "[K]");
            DType classType = classes.spec() == null ? null : classes.dtype();
            outputs.add(pick(layers, classes.value(), indices, type(known, classType, kept)));
        }
        return outputs;
    }

    /** Boxes so far apart that those of different classes do not overlap. */
    private static int spread(StageLayers layers, List<Operand> inputs, Operand boxes) throws StageException {
        if (inputs.size() < 3) {
            return boxes.value();
        }
        Operand classes = flat(layers, inputs.get(2), 1, "[K]");
        if (boxes.spec() != null && classes.spec() != null && !boxes.dim(0).equals(classes.dim(0))) {
            throw inputs.get(2).wrong("as many classes as " + inputs.get(0).from() + " has boxes");
        }
        DType dtype = boxes.spec() == null ? DType.FLOAT32 : boxes.dtype();
        boolean known = boxes.spec() != null && classes.spec() != null;
        int largest = layers.layer("aten.max.default", type(known, dtype), tensor("self", boxes.value()));
        int beyond = layers.layer(
                "aten.add.Scalar", type(known, dtype), tensor("self", largest), real("other", 1), integer("alpha", 1));
        int asNumbers = layers.layer(
                "aten._to_copy.default",
                like(classes, dtype),
                tensor("self", classes.value()),
                StageLayers.type("dtype", dtype),
                none("layout"),
                none("device"),
                none("pin_memory"),
                flag("non_blocking", false),
                none("memory_format"));
        int offsets = layers.layer(
                "aten.mul.Tensor", like(classes, dtype), tensor("self", asNumbers), tensor("other", beyond));
        ValueType column = known ? type(true, dtype, classes.dim(0), new Dim.Fixed(1)) : new AnyTensor();
        int columns = layers.layer("aten.unsqueeze.default", column, viewed("self", offsets), integer("dim", 1));
        return layers.layer(
                "aten.add.Tensor",
                like(boxes),
                tensor("self", boxes.value()),
                tensor("other", columns),
                integer("alpha", 1));
    }

    /** Without a leading dimension of size 1. */
    private static Operand flat(StageLayers layers, Operand x, int rank, String shape) throws StageException {
        TensorSpec spec = x.spec();
        if (spec == null || spec.shape().rank() == rank) {
            return x;
        }
        if (spec.shape().rank() != rank + 1 || !x.dim(0).equals(new Dim.Fixed(1))) {
            throw x.wrong(shape + ", or a leading dimension of size 1 before it");
        }
        TensorSpec flat = (TensorSpec) with(x, 0, null, null);
        int value = layers.layer("aten.squeeze.dim", flat, viewed("self", x.value()), integer("dim", 0));
        return new Operand(value, flat, x.from(), x.at(), x.place());
    }

    private static int pick(StageLayers layers, int from, int positions, ValueType type) {
        return layers.layer(
                "aten.index_select.default", type, tensor("self", from), integer("dim", 0), tensor("index", positions));
    }

    private static ValueType type(boolean known, @Nullable DType dtype, Dim... dims) {
        return known && dtype != null ? new TensorSpec(dtype, new Shape(List.of(dims))) : new AnyTensor();
    }
}
