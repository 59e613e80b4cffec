// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import org.jspecify.annotations.Nullable;

/** What a message asks for, or answers. The numbers are the protocol's. */
enum Kind {
    /** Says who serves, and the bounds. */
    HELLO(1),
    /** Deploys a model of a file, or of the payload. */
    DEPLOY(2),
    /** Takes a deployment out. */
    UNDEPLOY(3),
    /** Lists deployments with their inputs and outputs. */
    LIST(4),
    /** Says where the layers of a deployment ran. */
    PLACEMENT(5),
    /** Runs a request. */
    INFER(6),
    /** Names a file of which both sides map the memory. */
    SHARE(7),
    /** Begins a use of a deployment with a state of its own. */
    OPEN_SESSION(8),
    /** Ends it. */
    CLOSE_SESSION(9),
    /** Sets the state to what the model file says. */
    RESET(10),
    /** Runs a method of the model that takes no arguments. */
    CALL(11),
    /** Gives up a request of this connection that is under way. */
    CANCEL(12),
    /** The answer to a request that was carried out. */
    RESULT(128),
    /** The answer to a request that was not. */
    ERROR(129);

    private final int code;

    Kind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The request of that number; null if there is none. */
    static @Nullable Kind request(int code) {
        for (Kind kind : values()) {
            if (kind.code == code && kind != RESULT && kind != ERROR) {
                return kind;
            }
        }
        return null;
    }
}
