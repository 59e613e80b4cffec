// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.torch.script.value.ScriptValue;

/** The variables of a call. */
final class Frame {

    private Map<String, ScriptValue> variables;

    Frame(Map<String, ScriptValue> variables) {
        this.variables = new HashMap<>(variables);
    }

    @Nullable
    ScriptValue get(String name) {
        return variables.get(name);
    }

    void set(String name, ScriptValue value) {
        variables.put(name, value);
    }

    Map<String, ScriptValue> variables() {
        return variables;
    }

    /** Puts others in their place, and returns those there were. */
    Map<String, ScriptValue> swap(Map<String, ScriptValue> others) {
        Map<String, ScriptValue> previous = variables;
        variables = new HashMap<>(others);
        return previous;
    }
}
