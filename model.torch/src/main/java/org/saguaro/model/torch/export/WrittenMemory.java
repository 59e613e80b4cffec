// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaAlias;
import org.saguaro.model.torch.aten.SchemaArgument;

/**
 * Follows views back to the weights they show, to find those that the model writes in place: such a weight is a state, of
 * which a nested graph must not keep a copy of its own.
 */
final class WrittenMemory {

    /** The weights that a value may show, for values that may show some. */
    private final Map<Integer, Set<String>> shown = new HashMap<>();

    /** Names of the weights written, of the whole model. */
    private final Set<String> written;

    WrittenMemory(Set<String> written) {
        this.written = written;
    }

    /** Says that a value is a weight. */
    void show(int value, String weight) {
        shown.computeIfAbsent(value, key -> new HashSet<>()).add(weight);
    }

    /** Says that a value may show what a value of the graph around this one shows. */
    void show(int value, WrittenMemory around, int outerValue) {
        around.shown.getOrDefault(outerValue, Set.of()).forEach(weight -> show(value, weight));
    }

    /** Says that the outputs of a layer may show whatever its inputs show. */
    void passThrough(Layer layer) {
        Set<String> reached = new HashSet<>();
        layer.inputs().forEach(id -> reached.addAll(shown.getOrDefault(id, Set.of())));
        layer.outputs().forEach(id -> reached.forEach(weight -> show(id, weight)));
    }

    /**
     * Notes what an operator writes, and what its outputs may show.
     *
     * @param outputs ids of the values made, one list for each return of the schema
     */
    void record(OperatorSchema schema, List<NamedArgument> arguments, List<List<Integer>> outputs) {
        for (int i = 0; i < arguments.size(); i++) {
            NamedArgument argument = arguments.get(i);
            SchemaArgument declared = schema.arguments().get(i);
            Set<String> reached = new HashSet<>();
            Layer.forEachRef(argument.value(), id -> reached.addAll(shown.getOrDefault(id, Set.of())));
            if (reached.isEmpty()) {
                continue;
            }
            if (argument.access() == Access.WRITE) {
                written.addAll(reached);
            }
            boolean unannounced =
                    argument.access() == Access.ALIAS && declared.alias().access() == Access.READ;
            for (int r = 0; r < outputs.size(); r++) {
                if (unannounced
                        || mayShow(declared.alias(), schema.returns().get(r).alias())) {
                    outputs.get(r).forEach(id -> reached.forEach(weight -> show(id, weight)));
                }
            }
        }
    }

    private static boolean mayShow(SchemaAlias argument, SchemaAlias returned) {
        Set<String> sets = new HashSet<>(Arrays.asList(argument.set().split("\\|", -1)));
        sets.retainAll(Arrays.asList(returned.set().split("\\|", -1)));
        sets.remove("");
        return !sets.isEmpty();
    }
}
