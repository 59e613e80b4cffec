// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

/** The only replica of a tensor went with its memory: whoever needs it has to compute it again. */
public final class TensorLostException extends Exception {

    private static final long serialVersionUID = 1L;

    TensorLostException(String message) {
        super(message);
    }
}
