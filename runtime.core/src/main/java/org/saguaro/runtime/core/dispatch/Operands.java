// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.residency.TensorLostException;

/** What control layers take and give. */
final class Operands {

    private Operands() {}

    static Argument get(Layer layer, String name) {
        Argument argument = layer.argument(name);
        if (argument == null) {
            throw new IllegalArgumentException(layer.label() + ": " + layer.op() + " lacks its argument " + name);
        }
        return argument;
    }

    static List<Argument> list(Layer layer, String name) {
        return ((Argument.ListOf) get(layer, name)).elements();
    }

    static LayerGraph graph(Layer layer, String name) {
        return ((Argument.Graph) get(layer, name)).graph();
    }

    /** Python's truth of a condition: a boolean, a number, or a tensor of one element. */
    static boolean holds(@Nullable Object condition) throws AccelException, TensorLostException {
        Object value = condition instanceof HostTensor tensor ? tensor.item() : condition;
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        throw new IllegalArgumentException("a condition must be a boolean or a number, found " + value);
    }

    /** Gives the outputs of a child run, from one of them on, to the values of its parent. */
    static void handOut(ModelRun child, int from, ModelRun parent, List<Integer> targets)
            throws AccelException, TensorLostException {
        List<Argument> outputs = child.plan().graph().graph().outputs();
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i) != Value.NONE) {
                parent.write(targets.get(i), child.read(outputs.get(from + i)));
            }
        }
    }
}
