// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.TensorCalls;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;

/** Operators whose meaning has changed since an archive was written: calls of the old ones become what these did. */
final class Upgrades {

    /** From this version on a quotient of integers is a real number. */
    private static final int TRUE_DIVISION = 4;

    /** From this version on a tensor filled with an integer is one of integers. */
    private static final int TYPED_FULL = 5;

    private static final int LINSPACE_WITH_STEPS = 8;
    private static final int LOGSPACE_WITH_STEPS = 9;

    private static final IntValue DEFAULT_STEPS = new IntValue(100);

    private final Recording recording;
    private final TensorCalls tensors;
    private final OwnCode ownCode;
    private final int version;

    Upgrades(Recording recording, TensorCalls tensors, OwnCode ownCode, int version) {
        this.recording = recording;
        this.tensors = tensors;
        this.ownCode = ownCode;
        this.version = version;
    }

    /** The call as it was meant; null if it means the same today. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        switch (name) {
            case "div", "div_" -> {
                return version < TRUE_DIVISION && arguments.size() == 2 && named.isEmpty()
                        ? quotient(name, arguments)
                        : null;
            }
            case "full" -> {
                boolean untyped = named.getOrDefault("dtype", ScriptValue.NONE).equals(ScriptValue.NONE);
                return version < TYPED_FULL && untyped && arguments.size() == 2 ? full(arguments, named) : null;
            }
            case "linspace" -> {
                return version < LINSPACE_WITH_STEPS ? withSteps(name, arguments, named) : null;
            }
            case "logspace" -> {
                return version < LOGSPACE_WITH_STEPS ? withSteps(name, arguments, named) : null;
            }
            default -> {
                return null;
            }
        }
    }

    private @Nullable ScriptValue quotient(String name, List<ScriptValue> arguments)
            throws ModelFormatException, CodeRaises {
        ScriptValue other = arguments.get(1);
        TypeName type = Types.of(other);
        return type.is("float") ? null : ownCode.run(name + (type.is("Tensor") ? "" : "_by_int"), arguments);
    }

    private @Nullable ScriptValue full(List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue value = arguments.get(1);
        if (!(value instanceof IntValue || value instanceof BoolValue)) {
            return null;
        }
        ScriptValue real = recording.host(HostOp.FLOAT, TypeName.FLOAT, value);
        return tensors.call("full", List.of(arguments.get(0), real), named);
    }

    private @Nullable ScriptValue withSteps(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        if (arguments.size() > 2 && !arguments.get(2).equals(ScriptValue.NONE)) {
            return null;
        }
        List<ScriptValue> complete = new ArrayList<>(arguments);
        if (complete.size() > 2) {
            complete.set(2, DEFAULT_STEPS);
        } else {
            complete.add(DEFAULT_STEPS);
        }
        return tensors.call(name, complete, named);
    }
}
