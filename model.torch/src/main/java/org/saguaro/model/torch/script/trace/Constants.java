// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.HashMap;
import java.util.Map;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.pickle.Tuple;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.value.ScriptValue;

/** The constants that the code names by number: {@code CONSTANTS.c3}. */
final class Constants {

    private final Tuple pickled;
    private final ModuleTree tree;
    private final Map<Integer, ScriptValue> values = new HashMap<>();

    Constants(Tuple pickled, ModuleTree tree) {
        this.pickled = pickled;
        this.tree = tree;
    }

    ScriptValue get(String name, Position at) throws ModelFormatException {
        int index = name.matches("c\\d{1,6}") ? Integer.parseInt(name.substring(1)) : -1;
        if (index < 0 || index >= pickled.size()) {
            throw at.refuse("the constant " + name, "one of the " + pickled.size() + " in constants.pkl");
        }
        ScriptValue known = values.get(index);
        if (known == null) {
            known = tree.constant("constant_" + index, pickled.get(index), at);
            values.put(index, known);
        }
        return known;
    }
}
