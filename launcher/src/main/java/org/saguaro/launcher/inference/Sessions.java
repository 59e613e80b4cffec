// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import org.saguaro.launcher.inference.Refusal.Category;
import org.saguaro.runtime.core.Session;

/** The sessions that a connection has opened; they end with it. The connection's reader's alone. */
final class Sessions implements AutoCloseable {

    private static final int MAX_OPEN = 256;

    private final Operations operations;
    private final Map<Long, Session> open = new HashMap<>();
    private long next = 1;

    Sessions(Operations operations) {
        this.operations = operations;
    }

    /** Opens one on the deployment that the header names, and returns its number. */
    long open(JsonNode header) throws Refusal {
        if (open.size() >= MAX_OPEN) {
            throw new Refusal(
                    Category.REJECTED,
                    MAX_OPEN + " sessions are open on this connection already: close some, or open another connection");
        }
        open.put(next, operations.deployment(header).openSession());
        return next++;
    }

    /** The session that the header says; without one, that of all who open none on the deployment that it names. */
    Session find(JsonNode header) throws Refusal {
        JsonNode number = header.path("session");
        if (number.isMissingNode()) {
            return operations.deployment(header);
        }
        Session session = number.isIntegralNumber() ? open.get(number.asLong()) : null;
        if (session == null) {
            throw new Refusal(
                    Category.NOT_FOUND, "found session " + number + ", expected one that this connection has open");
        }
        return session;
    }

    /** Ends the session that the header says. */
    void close(JsonNode header) throws Refusal {
        JsonNode number = header.path("session");
        if (number.isMissingNode()) {
            throw new Refusal(Category.INVALID_INPUT, "found no number 'session' in the header, expected one");
        }
        find(header).close();
        open.remove(number.asLong());
    }

    @Override
    public void close() {
        open.values().forEach(Session::close);
        open.clear();
    }
}
