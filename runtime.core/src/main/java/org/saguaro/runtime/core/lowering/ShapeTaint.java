// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;

/**
 * Which values another request with inputs of the same sizes may give another shape: what was observed of them is no fact.
 * A tensor is tainted if its shape may depend on data, a host value if its content may or if it holds a tainted tensor.
 * When in doubt, tainted.
 *
 * @param values ids of the tainted values
 * @param nested for each control layer, by name, those of its graphs, in argument order
 */
public record ShapeTaint(Set<Integer> values, Map<String, List<ShapeTaint>> nested) {

    /** Tagged {@code dynamic_output_shape} in torch 2.13, but for those that are dynamic in some uses only. */
    private static final Set<String> DYNAMIC = Set.of(
            "_ctc_loss",
            "_unique",
            "_unique2",
            "argwhere",
            "bincount",
            "linalg_lstsq",
            "masked_select",
            "nonzero",
            "unique_consecutive",
            "unique_dim",
            "unique_dim_consecutive",
            // not tagged, but made of these, or of lengths that are data
            "nonzero_numpy",
            "combinations",
            "masked_select_backward",
            "_pack_padded_sequence",
            "_pad_packed_sequence",
            "segment_reduce",
            "histogramdd",
            "sparse_mask",
            "to_sparse");

    /** Tagged {@code data_dependent_output}, and their like: numbers made of data. */
    private static final Set<String> DATA = Set.of("_local_scalar_dense", "item", "equal", "allclose", "is_nonzero");

    /** Of {@code torchvision}, with a shape that sizes tell. */
    private static final Set<String> TORCHVISION =
            Set.of("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d");

    /** Host operators that read the data of a tensor. */
    private static final Set<HostOp> READ_DATA =
            EnumSet.of(HostOp.ITEM, HostOp.TOLIST, HostOp.INT, HostOp.FLOAT, HostOp.BOOL, HostOp.NOT, HostOp.SELECT);

    public ShapeTaint {
        values = Set.copyOf(values);
        nested = Map.copyOf(nested);
    }

    /**
     * Of a model whose requests are told apart by the element types and sizes of their tensors, lists of tensors included.
     * Numbers that a caller brings, and states that may change their type, are tainted.
     */
    public static ShapeTaint of(LayerGraph graph) {
        Set<Integer> tainted = new HashSet<>();
        graph.inputs().stream()
                .filter(id -> graph.value(id).type() instanceof ScalarType)
                .forEach(tainted::add);
        graph.states().stream()
                .filter(state -> !(graph.value(state.value()).type() instanceof TensorSpec spec)
                        || !spec.shape().isStatic())
                .forEach(state -> tainted.add(state.value()));
        return new Analysis(graph, tainted).result();
    }

    /** Whether a value is tainted. */
    public boolean isTainted(int value) {
        return values.contains(value);
    }

    /** One graph, given which of its inputs are tainted. */
    private static final class Analysis {
        private final LayerGraph graph;
        private final Set<Integer> tainted;
        private final Map<String, List<ShapeTaint>> nested = new HashMap<>();

        Analysis(LayerGraph graph, Set<Integer> given) {
            this.graph = graph;
            this.tainted = new HashSet<>(given);
            for (Layer layer : graph.layers()) {
                if (layer.op().equals(ControlOps.IF)) {
                    branch(layer);
                } else if (layer.op().equals(ControlOps.LOOP)) {
                    loop(layer);
                } else if (isTainting(layer)) {
                    taintOutputs(layer);
                }
            }
        }

        ShapeTaint result() {
            return new ShapeTaint(tainted, nested);
        }

        private void taintOutputs(Layer layer) {
            layer.outputs().stream().filter(id -> id != Value.NONE).forEach(tainted::add);
        }

        boolean isTainted(Argument argument) {
            boolean[] found = {false};
            Layer.forEachRef(argument, id -> found[0] |= tainted.contains(id));
            return found[0];
        }

        private boolean isTainting(Layer layer) {
            if (layer.inputs().stream().anyMatch(tainted::contains)) {
                return true;
            }
            String op = layer.op().name();
            return switch (layer.op().namespace()) {
                case HostOp.NAMESPACE ->
                    READ_DATA.contains(HostOp.of(layer))
                            && layer.inputs().stream().anyMatch(id -> isTensor(id) && graph.weight(id) == null);
                case "aten" -> DYNAMIC.contains(op) || DATA.contains(op) || dependsOnArguments(layer);
                case "torchvision" -> !TORCHVISION.contains(op);
                default -> true;
            };
        }

        private boolean isTensor(int id) {
            ValueType type = graph.value(id).type();
            return type instanceof TensorSpec || type instanceof AnyTensor;
        }

        /** Operators that are dynamic in some of their uses. */
        private boolean dependsOnArguments(Layer layer) {
            return switch (layer.op().name()) {
                case "where" -> layer.argument("self") == null && layer.argument("input") == null;
                case "one_hot" ->
                    !(layer.argument("num_classes") instanceof Argument.Int classes) || classes.value() < 0;
                case "repeat_interleave" ->
                    layer.argument("repeats") instanceof Argument.Ref repeats
                            && isTensor(repeats.value())
                            && !(layer.argument("output_size") instanceof Argument.Int);
                case "tensor_split" -> layer.argument("tensor_indices_or_sections") != null;
                case "index", "_unsafe_index", "_index" -> hasMask(layer.argument("indices"));
                default -> false;
            };
        }

        /** Whether an index may be a mask, which takes as many elements as it has ones. */
        private boolean hasMask(@Nullable Argument indices) {
            if (!(indices instanceof Argument.ListOf list)) {
                return true;
            }
            for (Argument index : list.elements()) {
                if (index instanceof Argument.Ref ref) {
                    boolean integers = graph.value(ref.value()).type() instanceof TensorSpec spec
                            && spec.dtype() != DType.BOOL
                            && spec.dtype() != DType.UINT8;
                    if (!integers) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Whether a decision may depend on data. */
        private boolean isDataDependent(@Nullable Argument condition) {
            return condition instanceof Argument.Ref ref
                    && (tainted.contains(ref.value()) || (isTensor(ref.value()) && graph.weight(ref.value()) == null));
        }

        private void branch(Layer layer) {
            List<Argument> operands = list(layer, "operands");
            List<ShapeTaint> inside = new ArrayList<>();
            Set<Integer> outputs = new HashSet<>();
            for (LayerGraph branch : ControlOps.graphs(layer)) {
                Set<Integer> given = new HashSet<>();
                for (int i = 0; i < operands.size(); i++) {
                    if (isTainted(operands.get(i))) {
                        given.add(branch.inputs().get(i));
                    }
                }
                Analysis analysis = new Analysis(branch, given);
                inside.add(analysis.result());
                for (int i = 0; i < branch.outputs().size(); i++) {
                    if (analysis.isTainted(branch.outputs().get(i))) {
                        outputs.add(i);
                    }
                }
            }
            nested.put(layer.name(), inside);
            boolean any = isDataDependent(layer.argument("condition"));
            for (int i = 0; i < layer.outputs().size(); i++) {
                if (layer.outputs().get(i) != Value.NONE && (any || outputs.contains(i))) {
                    tainted.add(layer.outputs().get(i));
                }
            }
        }

        private void loop(Layer layer) {
            List<Argument> carried = list(layer, "carried");
            List<Argument> captured = list(layer, "captured");
            LayerGraph body = ControlOps.graphs(layer).get(0);
            boolean trips =
                    isDataDependent(layer.argument("max_trips")) || isDataDependent(layer.argument("condition"));
            Set<Integer> given = new HashSet<>();
            for (int i = 0; i < carried.size(); i++) {
                if (isTainted(carried.get(i))) {
                    given.add(body.inputs().get(1 + i));
                }
            }
            for (int i = 0; i < captured.size(); i++) {
                if (isTainted(captured.get(i))) {
                    given.add(body.inputs().get(1 + carried.size() + i));
                }
            }
            Analysis analysis;
            boolean grew;
            do {
                if (trips) {
                    // How often it runs is not known, so neither is what grows from iteration to iteration.
                    given.addAll(body.inputs().subList(0, 1 + carried.size()));
                }
                analysis = new Analysis(body, given);
                grew = false;
                for (int i = 0; i < carried.size(); i++) {
                    if (analysis.isTainted(body.outputs().get(1 + i))) {
                        grew |= given.add(body.inputs().get(1 + i));
                    }
                }
                if (!trips && analysis.isDataDependent(body.outputs().get(0))) {
                    trips = true;
                    grew = true;
                }
            } while (grew);
            nested.put(layer.name(), List.of(analysis.result()));
            for (int i = 0; i < layer.outputs().size(); i++) {
                boolean changes = trips || given.contains(body.inputs().get(1 + i));
                if (layer.outputs().get(i) != Value.NONE && changes) {
                    tainted.add(layer.outputs().get(i));
                }
            }
        }

        private static List<Argument> list(Layer layer, String name) {
            return layer.argument(name) instanceof Argument.ListOf list ? list.elements() : List.of();
        }
    }
}
