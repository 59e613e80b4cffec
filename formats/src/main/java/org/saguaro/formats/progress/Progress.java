// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.progress;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far long work is, with an estimate of the time left: a bar where standard error is a terminal, a line every {@value #LINE_MILLIS}
 * ms elsewhere. Thread-safe: any thread may step. Shown from a thread of its own, so that a step costs next to nothing.
 */
public final class Progress implements AutoCloseable {

    /** How {@code bin/saguaro} tells which streams are terminals. */
    private static final String TERMINAL_PROPERTY = "saguaro.tty";

    private static final int WIDTH = 79;
    private static final int BAR_MILLIS = 200;
    private static final int LINE_MILLIS = 10_000;

    private final ProgressBar bar;

    private Progress(ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * Begins.
     *
     * @param what is being done, in a word or two
     * @param total steps; fewer than 1 if nobody knows
     * @param err where it is shown
     */
    public static Progress start(String what, long total, PrintStream err) {
        return start(what, total, err, System.getProperty(TERMINAL_PROPERTY, "").contains("err"));
    }

    static Progress start(String what, long total, PrintStream err, boolean terminal) {
        ProgressBarConsumer consumer = terminal
                ? new ConsoleProgressBarConsumer(err, WIDTH)
                : new DelegatingProgressBarConsumer(line -> err.println(line.stripTrailing()), WIDTH);
        return new Progress(new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(total < 1 ? -1 : total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(terminal ? BAR_MILLIS : LINE_MILLIS)
                .setMaxRenderedLength(WIDTH)
                .setConsumer(consumer)
                .build());
    }

    /** One step more is done. */
    public void step() {
        bar.step();
    }

    /** So many steps are done. */
    public void to(long done) {
        bar.stepTo(done);
    }

    /** Says something beside the bar; replaces what was said before. */
    public void note(String text) {
        bar.setExtraMessage(" " + text);
    }

    /** Shows it for the last time. A second call does nothing. */
    @Override
    public void close() {
        bar.close();
    }
}
