// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Gives out names that are unique in a model, nested graphs included. */
public final class Names {

    private final Set<String> taken = new HashSet<>();
    private final Map<String, Integer> counts = new HashMap<>();

    /** The name itself, or with a number behind it. */
    public String unique(String name) {
        if (taken.add(name)) {
            return name;
        }
        int count = counts.getOrDefault(name, 0);
        String candidate;
        do {
            count++;
            candidate = name + "_" + count;
        } while (!taken.add(candidate));
        counts.put(name, count);
        return candidate;
    }
}
