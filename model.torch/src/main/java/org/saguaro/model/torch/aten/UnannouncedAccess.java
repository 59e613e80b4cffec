// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;

/**
 * What some operators do with their arguments' memory though their schemas do not tell.
 *
 * <p>The lists come from running torch 2.13's dense CPU operators on small tensors and comparing the storages of arguments
 * and results; that normalisations update their running statistics is documented. An operator that needs unusual arguments
 * to return its own may be missing here.
 */
public final class UnannouncedAccess {

    /** They may return their first tensor itself, or a view on it; dropout does when it does not train. */
    private static final Set<String> RETURN_THEIR_ARGUMENT = Set.of(
            "dropout",
            "feature_dropout",
            "alpha_dropout",
            "feature_alpha_dropout",
            "type_as",
            "conj_physical",
            "sum_to_size",
            "atleast_1d",
            "atleast_2d",
            "atleast_3d",
            "broadcast_tensors",
            "meshgrid",
            "unsafe_chunk",
            "unsafe_split",
            "unsafe_split_with_sizes",
            "unflatten_dense_tensors",
            "to_dense",
            "lift",
            "_unsafe_view",
            "_to_cpu",
            "_remove_batch_dim",
            "_saturate_weight_to_fp16");

    /** As above, but only if they are given a list of one tensor. */
    private static final Set<String> RETURN_A_SINGLE_ARGUMENT =
            Set.of("einsum", "cartesian_prod", "flatten_dense_tensors");

    /** The old conversions: {@code _cast_Float}. */
    private static final String CAST_PREFIX = "_cast_";

    private static final Set<String> TRAINING_MODES = Set.of("training", "train", "use_input_stats");
    private static final Set<String> RUNNING_STATISTICS = Set.of("running_mean", "running_var");

    private UnannouncedAccess() {}

    /** The arguments, in schema order, with what the operator really does with them. */
    public static List<NamedArgument> marked(OperatorSchema schema, List<NamedArgument> arguments) {
        List<NamedArgument> marked = new ArrayList<>(arguments);
        if (updatesStatistics(arguments)) {
            marked.replaceAll(a -> RUNNING_STATISTICS.contains(a.name()) ? with(a, Access.WRITE) : a);
        }
        for (int i = 0; i < marked.size(); i++) {
            if (schema.arguments().get(i).type().isTensor()) {
                NamedArgument first = marked.get(i);
                if (first.access() == Access.READ && mayReturn(schema.name().name(), first.value())) {
                    marked.set(i, with(first, Access.ALIAS));
                }
                break;
            }
        }
        return marked;
    }

    private static boolean mayReturn(String operator, Argument tensors) {
        return RETURN_THEIR_ARGUMENT.contains(operator)
                || operator.startsWith(CAST_PREFIX)
                || (RETURN_A_SINGLE_ARGUMENT.contains(operator)
                        && tensors instanceof Argument.ListOf list
                        && list.elements().size() == 1);
    }

    /** Normalisations in training mode. */
    private static boolean updatesStatistics(List<NamedArgument> arguments) {
        return arguments.stream()
                .anyMatch(a -> TRAINING_MODES.contains(a.name()) && a.value().equals(new Argument.Bool(true)));
    }

    private static NamedArgument with(NamedArgument argument, Access access) {
        return new NamedArgument(argument.name(), access, argument.value());
    }
}
