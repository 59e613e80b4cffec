// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;

/** Operators on texts. Most only make up the message of an error, so they are left to the running graph. */
final class Texts {

    private static final TypeName TEXTS = TypeName.of("List", TypeName.STR);

    private final Recording recording;

    Texts(Recording recording) {
        this.recording = recording;
    }

    /** {@code torch.name(text, ...)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> arguments) throws ModelFormatException, CodeRaises {
        ScriptValue text = arguments.get(0);
        ScriptValue second = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
        List<ScriptValue> rest = arguments.subList(1, arguments.size());
        return switch (name) {
            case "format" ->
                recording.host(HostOp.FORMAT, TypeName.STR, text, recording.list(Types.elementType(rest), rest));
            case "percentFormat" ->
                recording.host(HostOp.PERCENT, TypeName.STR, text, recording.list(Types.elementType(rest), rest));
            case "join" -> recording.host(HostOp.JOIN, TypeName.STR, text, second);
            case "split" -> recording.host(HostOp.SPLIT, TEXTS, text, second);
            case "strip" -> recording.host(HostOp.STRIP, TypeName.STR, text);
            case "upper" -> recording.host(HostOp.UPPER, TypeName.STR, text);
            case "lower" -> recording.host(HostOp.LOWER, TypeName.STR, text);
            case "startswith" -> recording.host(HostOp.STARTS_WITH, TypeName.BOOL, text, second);
            case "endswith" -> recording.host(HostOp.ENDS_WITH, TypeName.BOOL, text, second);
            case "replace" ->
                arguments.size() == 3
                        ? recording.host(HostOp.REPLACE, TypeName.STR, text, second, arguments.get(2))
                        : null;
            case "__contains__" -> recording.host(HostOp.CONTAINS, TypeName.BOOL, text, second);
            case "len" ->
                text instanceof TextValue known
                        ? new IntValue(
                                known.value().codePointCount(0, known.value().length()))
                        : recording.host(HostOp.LEN, TypeName.INT, text);
            case "__getitem__" -> recording.host(HostOp.GET, TypeName.STR, text, second);
            case "slice" -> {
                ScriptValue stop = arguments.size() > 2 ? arguments.get(2) : ScriptValue.NONE;
                ScriptValue step = arguments.size() > 3 ? arguments.get(3) : new IntValue(1);
                yield recording.host(HostOp.SLICE, TypeName.STR, text, second, stop, step);
            }
            case "Int" -> recording.host(HostOp.INT, TypeName.INT, text);
            case "Float" -> recording.host(HostOp.FLOAT, TypeName.FLOAT, text);
            default -> null;
        };
    }

    /** {@code str(value)}. */
    ScriptValue str(ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof TextValue) {
            return value;
        }
        if (value instanceof IntValue || value instanceof ScriptValue.BoolValue || value instanceof NoneValue) {
            return new TextValue(value.describe());
        }
        return recording.host(HostOp.STR, TypeName.STR, value);
    }
}
