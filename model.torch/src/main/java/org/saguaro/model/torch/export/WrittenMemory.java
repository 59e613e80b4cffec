// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaAlias;
import org.saguaro.model.torch.aten.SchemaArgument;
import org.saguaro.model.torch.json.JsonValue;

/**
 * Follows views back to the weights and inputs they show, and refuses operators that write those in place: weights are
 * mapped read-only, and a model that changes them or its inputs keeps state, which is not supported yet.
 */
final class WrittenMemory {

    /** What people call the memory that a value may show, for values that may show some. */
    private final Map<Integer, Set<String>> shown = new HashMap<>();

    /** Says that a value is memory that must not be written. */
    void protect(int value, String name) {
        shown.put(value, Set.of(name));
    }

    /**
     * Notes what a node's outputs may show.
     *
     * @param outputs ids of the values made, one list for each return of the schema
     * @throws ModelFormatException if the node writes what must not be written
     */
    void record(JsonValue node, OperatorSchema schema, List<NamedArgument> arguments, List<List<Integer>> outputs)
            throws ModelFormatException {
        for (int i = 0; i < arguments.size(); i++) {
            NamedArgument argument = arguments.get(i);
            SchemaArgument declared = schema.arguments().get(i);
            Set<String> reached = new HashSet<>();
            Layer.forEachRef(argument.value(), id -> reached.addAll(shown.getOrDefault(id, Set.of())));
            if (reached.isEmpty()) {
                continue;
            }
            if (argument.access() == Access.WRITE) {
                throw node.refuse(
                        "an in-place write to " + reached.iterator().next(),
                        "a model without state, which writes neither its weights nor its inputs",
                        "stateful models are not supported yet: put the model into eval() mode, or make the state an"
                                + " input and an output of forward()");
            }
            boolean unannounced =
                    argument.access() == Access.ALIAS && declared.alias().access() == Access.READ;
            for (int r = 0; r < outputs.size(); r++) {
                if (unannounced
                        || mayShow(declared.alias(), schema.returns().get(r).alias())) {
                    outputs.get(r)
                            .forEach(id -> shown.computeIfAbsent(id, key -> new HashSet<>())
                                    .addAll(reached));
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
