// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.InPlaceRewrite;
import org.saguaro.accel.cpu.KnownTypes;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/**
 * Finds the {@link FusedLayer}s of a segment. A layer joins the one before it if it alone reads its result, so that the result
 * need not exist. Values written in place and values of unknown types are left alone.
 */
final class Fusion {

    private final LayerGraph segment;
    private final KnownTypes types;
    private final Set<Integer> pinned;
    private final Map<Integer, List<Layer>> readers = new HashMap<>();
    private final Map<Integer, Integer> reads = new HashMap<>();
    private final Set<Layer> taken = Collections.newSetFromMap(new IdentityHashMap<>());

    private Fusion(LayerGraph segment, KnownTypes types, InPlaceRewrite.Result rewritten) {
        this.segment = segment;
        this.types = types;
        pinned = rewritten.pinned();
        for (Layer layer : rewritten.layers()) {
            for (int input : layer.inputs()) {
                readers.computeIfAbsent(input, id -> new ArrayList<>()).add(layer);
                reads.merge(input, 1, Integer::sum);
            }
        }
        for (Argument output : rewritten.outputs()) {
            Layer.forEachRef(output, id -> reads.merge(id, 1, Integer::sum));
        }
    }

    /**
     * One step of the program: a fused layer or a single one.
     *
     * @param layer the single layer, null for a fused one
     * @param fused the fused layer, null for a single one
     */
    record Group(@Nullable Layer layer, @Nullable FusedLayer fused) {}

    /** The layers in running order, fused where possible; a fused layer runs where its last member ran. */
    static List<Group> groups(LayerGraph segment, KnownTypes types, InPlaceRewrite.Result rewritten) {
        Fusion fusion = new Fusion(segment, types, rewritten);
        IdentityHashMap<Layer, FusedLayer> byLast = new IdentityHashMap<>();
        for (Layer layer : rewritten.layers()) {
            FusedLayer fused = fusion.startingAt(layer);
            if (fused != null) {
                fusion.taken.addAll(fused.members());
                byLast.put(fused.members().get(fused.members().size() - 1), fused);
            }
        }
        List<Group> groups = new ArrayList<>();
        for (Layer layer : rewritten.layers()) {
            FusedLayer fused = byLast.get(layer);
            if (fused != null) {
                groups.add(new Group(null, fused));
            } else if (!fusion.taken.contains(layer)) {
                groups.add(new Group(layer, null));
            }
        }
        return groups;
    }

    private @Nullable FusedLayer startingAt(Layer anchor) {
        FusedLayer.Kind kind = kind(anchor);
        if (kind == null || taken.contains(anchor)) {
            return null;
        }
        Tensor weight = weight(anchor.argument("weight"));
        Argument biasArgument = anchor.argument("bias");
        Tensor bias = weight(biasArgument);
        Argument input =
                anchor.argument(kind == FusedLayer.Kind.LINEAR || anchor.argument("input") != null ? "input" : "self");
        if (weight == null
                || (bias == null && !(biasArgument instanceof Argument.None))
                || !(input instanceof Argument.Ref ref)
                || !isFloat(ref.value())
                || segment.weight(ref.value()) != null
                || weight.rank() != rank(kind)) {
            return null;
        }
        FusedLayer.Geometry geometry = null;
        if (kind != FusedLayer.Kind.LINEAR) {
            geometry = geometry(anchor, kind == FusedLayer.Kind.CONV1D ? 1 : 2, weight);
            if (geometry == null || rankOf(ref.value()) != weight.rank()) {
                return null;
            }
        } else if (rankOf(ref.value()) < 2) {
            return null;
        }
        return extend(anchor, kind, ref.value(), weight, bias, geometry);
    }

    private FusedLayer extend(
            Layer anchor,
            FusedLayer.Kind kind,
            int input,
            Tensor weight,
            @Nullable Tensor bias,
            FusedLayer.@Nullable Geometry geometry) {
        List<Layer> members = new ArrayList<>(List.of(anchor));
        FusedLayer.Normalisation normalisation = null;
        int residual = FusedLayer.NO_RESIDUAL;
        Activation activation = null;
        int result = anchor.outputs().get(0);
        while (activation == null) {
            Layer next = onlyReader(result);
            if (next == null) {
                break;
            }
            FusedLayer.Normalisation folded =
                    geometry != null && normalisation == null && residual < 0 ? normalisation(next, result) : null;
            int added = residual < 0 ? residual(next, result) : FusedLayer.NO_RESIDUAL;
            Activation applied = firstArgumentIs(next, result) ? Activation.of(next) : null;
            if (folded != null) {
                normalisation = folded;
            } else if (added >= 0) {
                residual = added;
            } else if (applied != null) {
                activation = applied;
            } else if (!isIdentity(next)) {
                break;
            }
            members.add(next);
            result = next.outputs().get(0);
        }
        return new FusedLayer(
                List.copyOf(members), kind, input, weight, bias, normalisation, residual, activation, geometry, result);
    }

    private @Nullable Layer onlyReader(int value) {
        List<Layer> found = readers.get(value);
        if (found == null || found.size() != 1 || reads.getOrDefault(value, 0) != 1 || pinned.contains(value)) {
            return null;
        }
        Layer reader = found.get(0);
        boolean onePlainResult = !reader.outputs().isEmpty() && reader.outputs().get(0) != Value.NONE;
        return onePlainResult
                        && !taken.contains(reader)
                        && !pinned.contains(reader.outputs().get(0))
                ? reader
                : null;
    }

    private static boolean firstArgumentIs(Layer layer, int value) {
        return layer.arguments().get(0).value() instanceof Argument.Ref ref && ref.value() == value;
    }

    /** Dropout in evaluation passes its input on. */
    private static boolean isIdentity(Layer layer) {
        return layer.op().isAten("dropout") && layer.argument("train") instanceof Argument.Bool train && !train.value();
    }

    private FusedLayer.@Nullable Normalisation normalisation(Layer layer, int input) {
        boolean evaluated = layer.op().isAten("batch_norm")
                ? layer.argument("training") instanceof Argument.Bool training && !training.value()
                : layer.op().isAten("_native_batch_norm_legit_no_training") && onlyFirstResultIsRead(layer);
        Tensor mean = weight(layer.argument("running_mean"));
        Tensor variance = weight(layer.argument("running_var"));
        Tensor scale = weight(layer.argument("weight"));
        Tensor shift = weight(layer.argument("bias"));
        if (!evaluated
                || !firstArgumentIs(layer, input)
                || mean == null
                || variance == null
                || (scale == null && !(layer.argument("weight") instanceof Argument.None))
                || (shift == null && !(layer.argument("bias") instanceof Argument.None))
                || !(layer.argument("eps") instanceof Argument.Real epsilon)) {
            return null;
        }
        return new FusedLayer.Normalisation(scale, shift, mean, variance, epsilon.value());
    }

    private boolean onlyFirstResultIsRead(Layer layer) {
        return layer.outputs().stream().skip(1).noneMatch(id -> id != Value.NONE && reads.containsKey(id));
    }

    private int residual(Layer layer, int value) {
        if (!layer.op().isAten("add") || !layer.op().overload().equals("Tensor")) {
            return FusedLayer.NO_RESIDUAL;
        }
        boolean once = layer.argument("alpha") instanceof Argument.Int alpha && alpha.value() == 1;
        if (once
                && layer.argument("self") instanceof Argument.Ref self
                && layer.argument("other") instanceof Argument.Ref other) {
            int added = self.value() == value ? other.value() : self.value();
            TensorSpec spec = types.of(added);
            boolean fits = added != value
                    && spec != null
                    && spec.equals(types.of(value))
                    && segment.weight(added) == null
                    && !pinned.contains(added);
            return fits ? added : FusedLayer.NO_RESIDUAL;
        }
        return FusedLayer.NO_RESIDUAL;
    }

    private static FusedLayer.@Nullable Kind kind(Layer layer) {
        if (layer.op().isAten("linear") && layer.op().overload().equals("default")) {
            return FusedLayer.Kind.LINEAR;
        }
        boolean plain = layer.op().overload().equals("default");
        boolean padded = plain || layer.op().overload().equals("padding");
        if (layer.op().isAten("conv2d") && padded) {
            return FusedLayer.Kind.CONV2D;
        }
        if (layer.op().isAten("conv1d") && padded) {
            return FusedLayer.Kind.CONV1D;
        }
        if (layer.op().isAten("convolution")
                && plain
                && layer.argument("transposed") instanceof Argument.Bool transposed
                && !transposed.value()
                && layer.argument("stride") instanceof Argument.ListOf stride) {
            return switch (stride.elements().size()) {
                case 1 -> FusedLayer.Kind.CONV1D;
                case 2 -> FusedLayer.Kind.CONV2D;
                default -> null;
            };
        }
        return null;
    }

    private static int rank(FusedLayer.Kind kind) {
        return switch (kind) {
            case LINEAR -> 2;
            case CONV1D -> 3;
            case CONV2D -> 4;
        };
    }

    private static FusedLayer.@Nullable Geometry geometry(Layer layer, int dims, Tensor weight) {
        List<Long> stride = ints(layer.argument("stride"), dims);
        List<Long> dilation = ints(layer.argument("dilation"), dims);
        if (stride == null || dilation == null || !(layer.argument("groups") instanceof Argument.Int groups)) {
            return null;
        }
        List<Long> padding = layer.argument("padding") instanceof Argument.Text text
                ? padding(text.value(), stride, dilation, weight)
                : ints(layer.argument("padding"), dims);
        return padding == null ? null : new FusedLayer.Geometry(stride, padding, dilation, groups.value());
    }

    private static @Nullable List<Long> padding(String mode, List<Long> stride, List<Long> dilation, Tensor weight) {
        List<Long> padding = new ArrayList<>();
        for (int i = 0; i < stride.size(); i++) {
            long total = dilation.get(i) * (weight.sizes()[i + 2] - 1);
            boolean symmetric = mode.equals("valid") || (mode.equals("same") && total % 2 == 0 && stride.get(i) == 1);
            if (!symmetric) {
                return null;
            }
            padding.add(mode.equals("valid") ? 0 : total / 2);
        }
        return padding;
    }

    private static @Nullable List<Long> ints(@Nullable Argument argument, int count) {
        if (argument instanceof Argument.Int value) {
            return Collections.nCopies(count, value.value());
        }
        if (!(argument instanceof Argument.ListOf list)) {
            return null;
        }
        List<Long> values = new ArrayList<>();
        for (Argument element : list.elements()) {
            if (!(element instanceof Argument.Int value)) {
                return null;
            }
            values.add(value.value());
        }
        if (values.size() == 1) {
            return Collections.nCopies(count, values.get(0));
        }
        return values.size() == count ? List.copyOf(values) : null;
    }

    private @Nullable Tensor weight(@Nullable Argument argument) {
        if (!(argument instanceof Argument.Ref ref) || pinned.contains(ref.value())) {
            return null;
        }
        Weight weight = segment.weight(ref.value());
        return weight != null && weight.data().dtype() == DType.FLOAT32 ? weight.data() : null;
    }

    private boolean isFloat(int id) {
        TensorSpec spec = types.of(id);
        return spec != null && spec.dtype() == DType.FLOAT32;
    }

    private int rankOf(int id) {
        return segment.tensor(id).shape().rank();
    }
}
