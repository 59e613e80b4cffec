// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tuple: as a list, but another type, which prints in another way.
 *
 * @param elements host values; null is None
 */
public record HostTuple(List<@Nullable Object> elements) {

    public HostTuple {
        elements = Collections.unmodifiableList(new ArrayList<>(elements));
    }
}
