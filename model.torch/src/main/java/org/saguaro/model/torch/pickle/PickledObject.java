// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import org.jspecify.annotations.Nullable;

/**
 * An instance of one of the archive's own classes. Equal only to itself, so that an object that is referred to twice, or that
 * refers back to itself, stays one object.
 */
public final class PickledObject {

    private final String className;
    private @Nullable Object state;
    private boolean built;

    PickledObject(String className) {
        this.className = className;
    }

    /** For instance {@code __torch__.torch.nn.modules.conv.Conv2d}. */
    public String className() {
        return className;
    }

    /**
     * What was pickled of it: a map from attribute name to value for most classes, whatever {@code __getstate__} returned for
     * others, null if nothing.
     */
    public @Nullable Object state() {
        return state;
    }

    /** Whether it has got its state already. */
    boolean isBuilt() {
        return built;
    }

    void build(@Nullable Object newState) {
        state = newState;
        built = true;
    }

    @Override
    public String toString() {
        return "an object of class " + className;
    }
}
