// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.graph.GraphDraft;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** An attribute that the model sets: one state, or several if it is a tuple. */
final class StateSlot {

    private record Part(String name, Node node, Argument initial, TypeName type) {}

    private final String name;
    private final Recording recording;
    private final List<Part> parts = new ArrayList<>();
    private final ScriptValue start;

    StateSlot(String name, TypeName declared, ScriptValue initial, Recording recording) throws ModelFormatException {
        this.name = name;
        this.recording = recording;
        try {
            this.start = start(name, declared.is("Any") ? Types.of(initial) : declared, initial);
        } catch (CodeRaises impossible) {
            throw refusal(initial);
        }
    }

    String name() {
        return name;
    }

    /** What the attribute is when a request begins. */
    ScriptValue start() {
        return start;
    }

    private ScriptValue start(String partName, TypeName type, ScriptValue initial)
            throws ModelFormatException, CodeRaises {
        if (type.is("Tuple") && initial instanceof TupleValue tuple) {
            List<ScriptValue> elements = new ArrayList<>();
            for (int i = 0; i < tuple.elements().size(); i++) {
                ScriptValue element = tuple.elements().get(i);
                TypeName elementType =
                        i < type.arguments().size() ? type.arguments().get(i) : Types.of(element);
                elements.add(start(partName + "." + i, elementType, element));
            }
            return new TupleValue(elements, tuple.className());
        }
        if (initial instanceof Instance || initial instanceof DictObject || initial instanceof TupleValue) {
            throw refusal(initial);
        }
        Argument first = recording.operand(initial);
        Node node = recording.draft().addSource(partName, Types.valueType(type));
        parts.add(new Part(partName, node, first, type));
        return recording.wrap(node, type);
    }

    private ModelFormatException refusal(ScriptValue value) {
        return recording.refuse(
                "the attribute " + name + ", which the model sets to " + value.describe(),
                "tensors, numbers, lists of tensors and tuples of these in attributes that forward() sets",
                "keep what the model remembers in tensors");
    }

    /** Notes what the attribute is when the request has succeeded. */
    void end(ScriptValue value, List<GraphDraft.DraftState> states) throws ModelFormatException, CodeRaises {
        List<ScriptValue> ends = new ArrayList<>();
        flatten(start, value, ends);
        if (ends.size() != parts.size()) {
            throw refusal(value);
        }
        for (int i = 0; i < ends.size(); i++) {
            Part part = parts.get(i);
            states.add(new GraphDraft.DraftState(
                    part.name(), part.node(), part.initial(), recording.operand(ends.get(i))));
        }
    }

    private void flatten(ScriptValue shape, ScriptValue value, List<ScriptValue> ends) throws ModelFormatException {
        if (!(shape instanceof TupleValue tuple)) {
            ends.add(value);
            return;
        }
        if (!(value instanceof TupleValue other)
                || other.elements().size() != tuple.elements().size()) {
            throw refusal(value);
        }
        for (int i = 0; i < tuple.elements().size(); i++) {
            flatten(tuple.elements().get(i), other.elements().get(i), ends);
        }
    }
}
