// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.concurrent.CancellationException;
import org.saguaro.launcher.command.Failures;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.RequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that is not carried out. The message is for the client's user and says what to do. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);

    /** Who can do something about it. The names are the protocol's; the last ones are those of {@link RequestException.Category}. */
    enum Category {
        /** The bytes make no message: the client's program. The connection is closed. */
        PROTOCOL,
        /** Nothing is deployed by that name: the caller. */
        NOT_FOUND,
        /** The model cannot be read, or not be deployed, or its name is taken: whoever chose or exported it. */
        DEPLOYMENT,
        /** A bug of the daemon; its log has the stack trace. */
        INTERNAL,
        INVALID_INPUT,
        REJECTED,
        TIMEOUT,
        DEADLINE,
        CANCELLED,
        UNDEPLOYED,
        FAILED
    }

    private final Category category;

    Refusal(Category category, String message) {
        super(message);
        this.category = category;
    }

    Category category() {
        return category;
    }

    /** What a failure means to a client. One that is nobody's mistake but ours is logged. */
    static Refusal of(Throwable failure) {
        if (failure instanceof Refusal refusal) {
            return refusal;
        }
        String message = String.valueOf(Failures.describe(failure));
        if (failure instanceof CancellationException) {
            return new Refusal(Category.CANCELLED, "the request was cancelled");
        }
        if (failure instanceof RequestException request) {
            return new Refusal(Category.valueOf(request.category().name()), message);
        }
        if (failure instanceof ModelFormatException
                || failure instanceof DeploymentException
                || failure instanceof IOException) {
            return new Refusal(Category.DEPLOYMENT, message);
        }
        if (failure instanceof InternalError) {
            // So the JVM reports that mapped memory has no file behind it any more.
            return new Refusal(
                    Category.INVALID_INPUT,
                    "the shared file became shorter while the daemon used it; keep its length until the answer is there");
        }
        if (failure instanceof InvalidPathException path) {
            return new Refusal(Category.INVALID_INPUT, "found '" + path.getInput() + "', expected the path of a file");
        }
        LOG.error("a client's request failed", failure);
        return new Refusal(Category.INTERNAL, failure + "; the daemon's log has more");
    }
}
