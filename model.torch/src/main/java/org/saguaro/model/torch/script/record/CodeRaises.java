// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

/** The code that is being read ends here with an error of its own. A layer that raises it has been recorded. */
public final class CodeRaises extends Exception {

    private static final long serialVersionUID = 1L;

    public CodeRaises(String message) {
        super(message, null, false, false);
    }
}
