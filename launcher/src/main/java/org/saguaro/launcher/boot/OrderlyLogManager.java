// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.util.logging.LogManager;

/**
 * Keeps the log open while the JVM shuts down: the JDK's own manager closes all handlers as soon as a signal arrives, and what
 * happened while requests were finished would be lost. Chosen by {@code -Djava.util.logging.manager}.
 */
public final class OrderlyLogManager extends LogManager {

    private boolean configured;

    /** Called by the JDK. */
    public OrderlyLogManager() {}

    /** Does something once, when the JDK sets logging up; not at its shutdown hook. */
    @Override
    public void reset() {
        if (!configured) {
            configured = true;
            super.reset();
        }
    }
}
