// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.State;

/** Renames values while a pass walks the layers: what was said to stand for a value takes its place from there on. */
final class Substitution {

    private final Map<Integer, Integer> replacements = new HashMap<>();

    /** From now on {@code value} is read as {@code replacement}. */
    void replace(int value, int replacement) {
        int target = resolve(replacement);
        replacements.replaceAll((from, to) -> to == value ? target : to);
        replacements.put(value, target);
    }

    int resolve(int value) {
        return replacements.getOrDefault(value, value);
    }

    Argument apply(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return new Argument.Ref(resolve(ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream().map(this::apply).toList());
        }
        return argument;
    }

    List<Argument> apply(List<Argument> arguments) {
        return arguments.stream().map(this::apply).toList();
    }

    /** What states become; what they begin with stays. */
    List<State> applyToStates(List<State> states) {
        return states.stream()
                .map(state -> new State(state.name(), state.value(), state.initial(), apply(state.next())))
                .toList();
    }

    Layer apply(Layer layer) {
        if (layer.inputs().stream().noneMatch(replacements::containsKey)) {
            return layer;
        }
        List<NamedArgument> arguments = layer.arguments().stream()
                .map(a -> new NamedArgument(a.name(), a.access(), apply(a.value())))
                .toList();
        return new Layer(layer.name(), layer.op(), arguments, layer.outputs(), layer.modulePath());
    }
}
