// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;

/** Constants among the arguments of a layer. */
final class Constants {

    private Constants() {}

    /** An integer argument, or {@code otherwise} if it is absent, None or no constant. */
    static long integer(Layer layer, String argument, long otherwise) {
        return layer.argument(argument) instanceof Argument.Int constant ? constant.value() : otherwise;
    }

    /** Whether an argument is an integer known now. */
    static boolean isInteger(Layer layer, String argument) {
        return layer.argument(argument) instanceof Argument.Int;
    }

    /** A list of integers; null if it is none, or not all are known now. */
    static @Nullable List<Long> integers(@Nullable Argument argument) {
        if (!(argument instanceof Argument.ListOf list)) {
            return argument instanceof Argument.Int one ? List.of(one.value()) : null;
        }
        List<Long> integers = new ArrayList<>();
        for (Argument element : list.elements()) {
            if (!(element instanceof Argument.Int constant)) {
                return null;
            }
            integers.add(constant.value());
        }
        return integers;
    }
}
