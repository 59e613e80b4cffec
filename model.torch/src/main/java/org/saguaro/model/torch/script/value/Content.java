// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.value;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.model.torch.script.graph.Node;

/** What an object of the heap holds at some time. Immutable: a change puts another in its place. */
public sealed interface Content {

    /** Of a tensor always, of a list or dictionary if only the running graph knows it: the graph's value. */
    record Remote(Node node) implements Content {}

    /** Of a list. */
    record Elements(List<ScriptValue> elements) implements Content {
        public Elements {
            elements = Collections.unmodifiableList(new ArrayList<>(elements));
        }
    }

    /** Of a dictionary, in order. */
    record Entries(Map<ScriptValue, ScriptValue> entries) implements Content {
        public Entries {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }

    /** Of a module or another object: its attributes. */
    record Fields(Map<String, ScriptValue> values) implements Content {
        public Fields {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }

        /** With one attribute changed or added. */
        public Fields with(String name, ScriptValue value) {
            Map<String, ScriptValue> changed = new LinkedHashMap<>(values);
            changed.put(name, value);
            return new Fields(changed);
        }
    }
}
