// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import org.saguaro.runtime.core.json.Located.Position;

/** A stage cannot be compiled. */
final class StageException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Position at;
    private final String place;

    StageException(Position at, String place, String message) {
        super(message);
        this.at = at;
        this.place = place;
    }

    Position at() {
        return at;
    }

    String place() {
        return place;
    }
}
