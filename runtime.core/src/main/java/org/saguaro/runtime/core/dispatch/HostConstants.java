// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.runtime.core.host.HostArguments;
import org.saguaro.runtime.core.host.HostDict;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.host.HostTuple;
import org.saguaro.runtime.core.residency.TensorLostException;

/** Constants of a graph as objects of the host. */
final class HostConstants {

    /** Reads what is no constant. */
    interface Reader {
        @Nullable
        Object read(Argument argument) throws AccelException, TensorLostException;
    }

    private HostConstants() {}

    /** The object that an argument other than a reference stands for. */
    static @Nullable Object of(Argument argument, Reader reader) throws AccelException, TensorLostException {
        if (!(argument instanceof Argument.ListOf list)) {
            return HostArguments.value(argument);
        }
        List<@Nullable Object> elements = new ArrayList<>();
        for (Argument element : list.elements()) {
            elements.add(reader.read(element));
        }
        return Collections.unmodifiableList(elements);
    }

    /** Calls {@code action} for each tensor in an object, however deep. */
    static void forEachTensor(@Nullable Object object, Consumer<HostTensor> action) {
        if (object instanceof HostTensor tensor) {
            action.accept(tensor);
        } else if (object instanceof Iterable<?> elements) {
            elements.forEach(element -> forEachTensor(element, action));
        } else if (object instanceof HostTuple tuple) {
            forEachTensor(tuple.elements(), action);
        } else if (object instanceof HostDict dict) {
            forEachTensor(dict.values(), action);
        }
    }
}
