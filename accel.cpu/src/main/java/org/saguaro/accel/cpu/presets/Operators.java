// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;
import org.saguaro.model.api.OpName;

/** Finds operators: ours, and those in libtorch's dispatcher; each is looked up once. Thread-safe. */
final class Operators implements OperatorSchema.Table {

    private final ConcurrentHashMap<OpName, Optional<Operator>> known = new ConcurrentHashMap<>();

    @Override
    public @Nullable Operator find(OpName name) {
        return known.computeIfAbsent(name, Operators::lookUp).orElse(null);
    }

    @Override
    public Operator get(OpName name) {
        Operator operator = find(name);
        if (operator == null) {
            throw new IllegalArgumentException("libtorch has no operator " + name);
        }
        return operator;
    }

    private static Optional<Operator> lookUp(OpName name) {
        Operator ours = VisionOperators.find(name);
        if (ours == null) {
            ours = SignalOperators.find(name);
        }
        if (ours != null) {
            return Optional.of(ours);
        }
        return inDispatcher(OperatorSchema.dispatched(name));
    }

    private static Optional<Operator> inDispatcher(OpName name) {
        String overload = name.overload().equals(OpName.DEFAULT_OVERLOAD) ? "" : name.overload();
        try {
            return Optional.of(new Operator(
                    name, Dispatcher.singleton().findSchemaOrThrow(name.namespace() + "::" + name.name(), overload)));
        } catch (RuntimeException e) {
            // The dispatcher has a look-up without an exception, but its wrapper's optional cannot be freed reliably.
            return Optional.empty();
        }
    }
}
