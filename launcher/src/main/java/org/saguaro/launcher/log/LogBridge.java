// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.log;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes what bundles say to the OSGi log on to slf4j, where everything else goes. */
@Component(
        service = {},
        immediate = true)
public final class LogBridge {

    /** The framework reports every bundle's and service's coming and going under these names; only trouble is news. */
    private static final String FRAMEWORK_EVENTS = "Events.";

    private final LogReaderService reader;
    private final LogListener listener = LogBridge::log;

    @Activate
    public LogBridge(@Reference LogReaderService reader) {
        this.reader = reader;
        reader.addLogListener(listener);
    }

    @Deactivate
    void stop() {
        reader.removeLogListener(listener);
    }

    private static void log(LogEntry entry) {
        String name = entry.getLoggerName() == null ? "osgi" : entry.getLoggerName();
        Logger logger = LoggerFactory.getLogger(name);
        String message = entry.getBundle().getSymbolicName() + ": " + entry.getMessage();
        switch (entry.getLogLevel()) {
            case AUDIT, ERROR -> logger.error(message, entry.getException());
            case WARN -> logger.warn(message, entry.getException());
            case INFO -> {
                if (!name.startsWith(FRAMEWORK_EVENTS)) {
                    logger.info(message, entry.getException());
                }
            }
            case DEBUG -> logger.debug(message, entry.getException());
            case TRACE -> logger.trace(message, entry.getException());
        }
    }
}
