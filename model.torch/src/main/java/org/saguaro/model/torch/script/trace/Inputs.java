// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** What a caller of the model brings, by the types of its parameters. Parameters with a default at the end keep it. */
final class Inputs {

    private final Recording recording;
    private final CodeLibrary library;

    Inputs(Recording recording, CodeLibrary library) {
        this.recording = recording;
        this.library = library;
    }

    /** A value for each parameter behind self. */
    List<ScriptValue> make(FunctionDefinition method) throws ModelFormatException, CodeRaises {
        List<FunctionDefinition.Parameter> parameters = method.parameters();
        int end = parameters.size();
        while (end > 1 && parameters.get(end - 1).defaultValue() != null) {
            end--;
        }
        long lists = parameters.subList(1, end).stream()
                .filter(parameter -> parameter.type().unwrapped().is("List"))
                .count();
        List<ScriptValue> inputs = new ArrayList<>();
        for (int i = 1; i < end; i++) {
            FunctionDefinition.Parameter parameter = parameters.get(i);
            inputs.add(input(parameter.name(), parameter.type(), method, lists == 1));
        }
        return inputs;
    }

    private ScriptValue input(String name, TypeName declared, FunctionDefinition method, boolean listAllowed)
            throws ModelFormatException, CodeRaises {
        TypeName type = declared.is("Any") ? TypeName.TENSOR : declared.unwrapped();
        List<TypeName> fields = library.fields(type.name());
        if (type.is("Tuple") || fields != null) {
            List<TypeName> types = fields == null ? type.arguments() : fields;
            List<ScriptValue> elements = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                elements.add(input(name + "_" + i, types.get(i), method, false));
            }
            return new TupleValue(elements, fields == null ? null : type.name());
        }
        boolean list = type.is("List") && type.element().is("Tensor");
        boolean simple = type.is("Tensor") || type.is("int") || type.is("float") || type.is("bool");
        if (!simple && !(list && listAllowed)) {
            throw method.at()
                    .refuse(
                            "the input " + name + " of type " + declared,
                            "tensors, numbers, tuples of these, and at most one list of tensors",
                            "save a module around the model that takes tensors and makes of them what it needs");
        }
        return recording.wrap(recording.draft().addInput(name, Types.valueType(type)), type);
    }
}
