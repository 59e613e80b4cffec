// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.graph;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/**
 * A value that a graph has when it runs: it is made in one draft and may be read there and in all drafts inside it. A weight
 * belongs to no draft; whoever reads it has it.
 *
 * <p>Equal only to itself.
 */
public final class Node {

    private final @Nullable GraphDraft home;
    private final int id;
    private final String name;
    private final ValueType type;
    private final @Nullable WeightData weight;

    /** What a weight is. */
    record WeightData(Weight.Kind kind, Tensor data) {}

    private Node(@Nullable GraphDraft home, int id, String name, ValueType type, @Nullable WeightData weight) {
        this.home = home;
        this.id = id;
        this.name = name;
        this.type = type;
        this.weight = weight;
    }

    static Node made(GraphDraft home, int id, String name, ValueType type) {
        return new Node(home, id, name, type, null);
    }

    /** A parameter, a buffer or a constant. */
    public static Node weight(String name, Weight.Kind kind, Tensor data) {
        return new Node(null, -1, name, data.spec(), new WeightData(kind, data));
    }

    /** Whether it is a weight. */
    public boolean isWeight() {
        return weight != null;
    }

    /** The weight's elements; null if it is none. */
    public @Nullable Tensor data() {
        return weight == null ? null : weight.data();
    }

    /** For people: the weight's name, or that of the layer that makes it. */
    public String name() {
        return name;
    }

    public ValueType type() {
        return type;
    }

    /** Whether it is made in this draft, not around it. */
    public boolean isMadeIn(GraphDraft draft) {
        return home == draft;
    }

    @Nullable
    GraphDraft home() {
        return home;
    }

    int id() {
        return id;
    }

    @Nullable
    WeightData weightData() {
        return weight;
    }

    @Override
    public String toString() {
        return name + ": " + type;
    }
}
