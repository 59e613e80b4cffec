// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/**
 * Where log messages go. Everything arrives at {@code java.util.logging}: slf4j through its own backend, the OSGi log through the
 * launcher's bundle.
 */
final class Logging {

    private static final int FILE_BYTES = 5 << 20;
    private static final int FILES = 5;

    private static final Logger ROOT = Logger.getLogger("");

    private Logging() {}

    /** For a command: warnings on {@code err}, or, if {@code verbose}, everything. */
    static void toConsole(PrintStream err, boolean verbose) {
        clear();
        Level level = verbose ? Level.INFO : Level.WARNING;
        add(new FlushedHandler(err, verbose ? new LineFormatter() : new MessageFormatter()), level);
    }

    /** For the daemon: {@code var/log/saguaro.0.log}, with at most four older ones of 5 MB, and {@code err} as well. */
    static void toFile(Home home, PrintStream err) throws IOException {
        clear();
        Files.createDirectories(home.logs());
        add(
                new FileHandler(home.logs().toString().replace("%", "%%") + "/saguaro.%g.log", FILE_BYTES, FILES, true),
                Level.INFO);
        add(new FlushedHandler(err, new LineFormatter()), Level.INFO);
    }

    private static void clear() {
        for (Handler handler : ROOT.getHandlers()) {
            ROOT.removeHandler(handler);
        }
    }

    private static void add(Handler handler, Level level) {
        if (handler instanceof FileHandler) {
            handler.setFormatter(new LineFormatter());
        }
        handler.setLevel(level);
        ROOT.addHandler(handler);
        ROOT.setLevel(Level.INFO);
    }

    private static final class FlushedHandler extends StreamHandler {
        FlushedHandler(PrintStream out, Formatter formatter) {
            super(out, formatter);
        }

        @Override
        public synchronized void publish(LogRecord record) {
            super.publish(record);
            flush();
        }
    }

    /** Time, level, thread, logger, message: for files. */
    static final class LineFormatter extends Formatter {
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

        @Override
        public String format(LogRecord record) {
            StringWriter text = new StringWriter();
            text.append(TIME.format(record.getInstant()))
                    .append(String.format(
                            Locale.ROOT, " %-7s ", record.getLevel().getName()))
                    .append(String.valueOf(record.getLoggerName()))
                    .append(": ")
                    .append(formatMessage(record))
                    .append('\n');
            if (record.getThrown() != null) {
                record.getThrown().printStackTrace(new PrintWriter(text, true));
            }
            return text.toString();
        }
    }

    /** Level and message: for people at a terminal. */
    private static final class MessageFormatter extends Formatter {
        @Override
        public String format(LogRecord record) {
            String cause = record.getThrown() == null ? "" : " (" + record.getThrown() + ")";
            return "saguaro: " + record.getLevel().getName().toLowerCase(Locale.ROOT) + ": " + formatMessage(record)
                    + cause + "\n";
        }
    }
}
