// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import org.saguaro.model.torch.script.value.ScriptValue;

/**
 * How a block ended.
 *
 * @param value what was returned; None if nothing was
 */
record Outcome(Kind kind, ScriptValue value) {

    static final Outcome THROUGH = new Outcome(Kind.THROUGH, ScriptValue.NONE);

    enum Kind {
        /** All its statements were run. */
        THROUGH,
        RETURN,
        BREAK,
        CONTINUE
    }

    static Outcome returned(ScriptValue value) {
        return new Outcome(Kind.RETURN, value);
    }
}
