// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.value;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.saguaro.model.torch.script.value.ScriptValue.HeapObject;

/**
 * Keeps track of what objects hold. A part of the code that may or may not run is read as a <em>trial</em>: what it changes is
 * handed over at its end, and everything is as before.
 */
public final class Heap {

    private record Trial(long firstNew, Map<HeapObject, Content> before) {}

    private long serial;
    private final Deque<Trial> trials = new ArrayDeque<>();

    long nextSerial() {
        return serial++;
    }

    /** Changes what an object holds. */
    public void change(HeapObject object, Content content) {
        Trial trial = trials.peek();
        if (trial != null && object.serial() < trial.firstNew()) {
            trial.before().putIfAbsent(object, object.content);
        }
        object.content = content;
    }

    /** Begins a trial inside the present one. */
    public void beginTrial() {
        trials.push(new Trial(serial, new LinkedHashMap<>()));
    }

    /** What the innermost trial has changed so far of what is older than it, with what that held before. */
    public Map<HeapObject, Content> changedInTrial() {
        Map<HeapObject, Content> changed = new LinkedHashMap<>();
        trials.element().before().forEach((object, before) -> {
            if (!object.content.equals(before)) {
                changed.put(object, before);
            }
        });
        return changed;
    }

    /** Ends the innermost trial: what the objects that are older than it held at its end, if it has changed them. */
    public Map<HeapObject, Content> endTrial() {
        Trial trial = trials.pop();
        Map<HeapObject, Content> after = new LinkedHashMap<>();
        trial.before().forEach((object, before) -> {
            if (!object.content.equals(before)) {
                after.put(object, object.content);
            }
            object.content = before;
        });
        return after;
    }
}
