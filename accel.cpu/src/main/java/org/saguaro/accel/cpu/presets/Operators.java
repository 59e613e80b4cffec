// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/** Finds operators: ours, and those in libtorch's dispatcher; each is looked up once. Thread-safe. */
final class Operators {

    /**
     * Overloads that only TorchScript's interpreter has, by what the dispatcher has for them. Twins take lists of tensors where the
     * others take lists of optional ones; the rest are the same under another name.
     */
    private static final Map<OpName, OpName> INTERPRETED = Map.ofEntries(
            entry("aten.index.Tensor_hacked_twin", "aten.index.Tensor"),
            entry("aten._unsafe_index.Tensor_hacked_twin", "aten._unsafe_index.Tensor"),
            entry("aten.index_put.hacked_twin", "aten.index_put"),
            entry("aten.index_put_.hacked_twin", "aten.index_put_"),
            entry("aten._unsafe_index_put.hacked_twin", "aten._unsafe_index_put"),
            entry("aten._index_put_impl_.hacked_twin", "aten._index_put_impl_"),
            entry("aten.numpy_T.a", "aten.numpy_T"),
            entry("aten.matrix_H.a", "aten.matrix_H"),
            entry("aten.mT.a", "aten.mT"),
            entry("aten.mH.a", "aten.mH"));

    private final ConcurrentHashMap<OpName, Optional<Operator>> known = new ConcurrentHashMap<>();

    /** The operator, or null if libtorch does not know it. */
    @Nullable
    Operator find(OpName name) {
        return known.computeIfAbsent(name, Operators::lookUp).orElse(null);
    }

    /**
     * An operator that libtorch is known to have.
     *
     * @throws IllegalArgumentException if it has not
     */
    Operator get(OpName name) {
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
        return inDispatcher(INTERPRETED.getOrDefault(name, name));
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

    private static Map.Entry<OpName, OpName> entry(String interpreted, String dispatched) {
        return Map.entry(OpName.parse(interpreted), OpName.parse(dispatched));
    }
}
