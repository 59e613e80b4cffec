// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.HashSet;
import java.util.Set;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.json.JsonValue;

/** What all graphs of one archive share while they are read. One thread. */
final class ReadContext {

    private static final int MAX_CONDITION_DEPTH = 4;

    private final AtenSchemas schemas;
    private final Symbols symbols;

    /** Weights of which nested graphs must not keep copies, because the model writes them. */
    private final Set<String> states;

    private final Set<String> written = new HashSet<>();
    private final Set<String> keptByNestedGraphs = new HashSet<>();
    private final Set<String> layerNames = new HashSet<>();
    private int conditionDepth;

    ReadContext(AtenSchemas schemas, Symbols symbols, Set<String> states) {
        this.schemas = schemas;
        this.symbols = symbols;
        this.states = states;
    }

    AtenSchemas schemas() {
        return schemas;
    }

    Symbols symbols() {
        return symbols;
    }

    Block newBlock(String name) {
        return new Block(name, new WrittenMemory(written));
    }

    /** Whether a nested graph may have the weight as its own. */
    boolean mayKeep(String weight) {
        if (states.contains(weight)) {
            return false;
        }
        keptByNestedGraphs.add(weight);
        return true;
    }

    /** Weights that are written though a nested graph has its own copy: found out too late, they must be read again as states. */
    Set<String> keptButWritten() {
        Set<String> both = new HashSet<>(keptByNestedGraphs);
        both.retainAll(written);
        return both;
    }

    /** Takes a name for a layer; no two layers of a model have the same, nested graphs included. */
    String layerName(String name, JsonValue node) throws ModelFormatException {
        if (!layerNames.add(name)) {
            throw node.refuse("a second node of the name " + name, "a name of its own");
        }
        return name;
    }

    /** Goes into the condition of a while loop, which is read twice, and so on for loops inside conditions. */
    void enterCondition(JsonValue place) throws ModelFormatException {
        if (++conditionDepth > MAX_CONDITION_DEPTH) {
            throw place.refuse(
                    "loops nested in the conditions of loops, more than " + MAX_CONDITION_DEPTH + " deep",
                    "at most " + MAX_CONDITION_DEPTH,
                    "compute the conditions in the bodies of the loops");
        }
    }

    void leaveCondition() {
        conditionDepth--;
    }
}
