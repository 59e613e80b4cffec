// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tuple of a pickle. Immutable, though what it holds may not be. */
public record Tuple(List<@Nullable Object> elements) {

    public Tuple {
        elements = Collections.unmodifiableList(new ArrayList<>(elements));
    }

    /** Number of elements. */
    public int size() {
        return elements.size();
    }

    /** The element at an index from 0 to {@link #size} - 1. */
    public @Nullable Object get(int index) {
        return elements.get(index);
    }
}
