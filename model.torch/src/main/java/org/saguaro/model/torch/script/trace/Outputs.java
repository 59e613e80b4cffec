// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** What a caller of the model gets: containers flattened in order, None left out. */
final class Outputs {

    private final Recording recording;

    Outputs(Recording recording) {
        this.recording = recording;
    }

    void flatten(ScriptValue value, List<Argument> outputs) throws ModelFormatException, CodeRaises {
        recording.spend(1);
        if (value instanceof TupleValue tuple) {
            for (ScriptValue element : tuple.elements()) {
                flatten(element, outputs);
            }
        } else if (value instanceof ListObject list && list.content() instanceof Content.Elements known) {
            for (ScriptValue element : known.elements()) {
                flatten(element, outputs);
            }
        } else if (value instanceof DictObject dict && dict.content() instanceof Content.Entries known) {
            for (ScriptValue element : known.entries().values()) {
                flatten(element, outputs);
            }
        } else if (!(value instanceof NoneValue)) {
            outputs.add(recording.operand(value));
        }
    }
}
