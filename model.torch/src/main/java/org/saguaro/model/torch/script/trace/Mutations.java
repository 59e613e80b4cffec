// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.HeapObject;

/**
 * Changes lists and dictionaries. In a container that only the running graph knows, elements are copies: one that was taken
 * out and is changed is put back.
 */
final class Mutations {

    private final Recording recording;

    Mutations(Recording recording) {
        this.recording = recording;
    }

    /** Lets an object hold something else. */
    void change(HeapObject object, Content content) throws ModelFormatException, CodeRaises {
        if (object.isShared()) {
            throw recording.refuse(
                    "a change of " + object.describe() + " that is also an element of a container of which only the"
                            + " running model knows the length",
                    "one that is complete before it becomes an element",
                    "put it into the container after the last change");
        }
        recording.heap().change(object, content);
        recording.measure(object);
        ScriptValue.Place place = object.place();
        if (place != null) {
            HeapObject container = place.container();
            ScriptValue changed = recording.host(HostOp.SET, Types.of(container), container, place.key(), object);
            change(container, ((HeapObject) changed).content());
        }
    }

    /** Notes that a value was taken out of a container that only the running graph knows. */
    static ScriptValue taken(ScriptValue element, ScriptValue container, ScriptValue key) {
        if (element instanceof HeapObject object
                && !(object instanceof ScriptValue.TensorObject)
                && container instanceof HeapObject holder) {
            object.place(holder, key);
        }
        return element;
    }

    /** Notes that a value was put into such a container. */
    static ScriptValue put(ScriptValue element) {
        if (element instanceof HeapObject object && !(object instanceof ScriptValue.TensorObject)) {
            object.share();
        }
        return element;
    }
}
