// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Map;
import org.saguaro.model.api.OpName;

/**
 * Overloads that only TorchScript's interpreter has, by what the dispatcher has for them. Twins take lists of tensors where the
 * others take lists of optional ones; the rest are the same under another name.
 */
final class InterpretedOverloads {

    private static final Map<OpName, OpName> ALL = Map.ofEntries(
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

    private InterpretedOverloads() {}

    /** The overload that the dispatcher has. */
    static OpName dispatched(OpName name) {
        return ALL.getOrDefault(name, name);
    }

    private static Map.Entry<OpName, OpName> entry(String interpreted, String dispatched) {
        return Map.entry(OpName.parse(interpreted), OpName.parse(dispatched));
    }
}
