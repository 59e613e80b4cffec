// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;

/**
 * A tensor (or a list of tensors) as the model's author sees it: an object whose content changes when somebody writes it or
 * anything that shares its memory. While a graph is made functional, each version of the content is a value.
 */
final class Tracked {

    /** The value that holds the content, as of {@link #seen}. */
    int value;

    /** Grows with every change. */
    int version;

    /** The layer that made it from {@link #parents}; null if it has memory of its own. */
    final @Nullable Layer template;

    /** Which output of the template it is. */
    final int index;

    /** What it shares memory with, by the id under which the template reads it. */
    final Map<Integer, Tracked> parents = new LinkedHashMap<>();

    /** The parents' versions that {@link #value} was made from. */
    final Map<Tracked, Integer> seen = new HashMap<>();

    /** All outputs of the template, itself included. */
    List<Tracked> siblings = List.of();

    /** How elements lie in the memory of the one it is a view on. */
    final Strides strides;

    private Tracked(int value, @Nullable Layer template, int index, Strides strides) {
        this.value = value;
        this.template = template;
        this.index = index;
        this.strides = strides;
    }

    /** A tensor with memory of its own. */
    static Tracked root(int value, Strides strides) {
        return new Tracked(value, null, 0, strides);
    }

    /** A view, or a list of tensors. */
    static Tracked derived(int value, Layer template, int index, Strides strides) {
        return new Tracked(value, template, index, strides);
    }

    void markSynced() {
        parents.values().forEach(parent -> seen.put(parent, parent.version));
    }

    /** Whether a parent, which is itself up to date, has changed since. */
    boolean isStale() {
        return parents.values().stream().anyMatch(parent -> seen.getOrDefault(parent, -1) != parent.version);
    }
}
