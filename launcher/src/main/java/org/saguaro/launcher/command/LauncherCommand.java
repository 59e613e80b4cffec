// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * A command as the class path side sees it: a function from its options to its exit code. Subclasses are services of the type
 * {@code ToIntFunction} with the property {@code saguaro.command}. Runs on the caller's thread.
 */
public abstract class LauncherCommand implements ToIntFunction<Map<String, Object>> {

    /** Exit code of a command that did what was asked. */
    protected static final int OK = 0;
    /** Exit code of a command that could not. */
    protected static final int FAILURE = 1;

    @Override
    public final int applyAsInt(Map<String, Object> values) {
        Options options = new Options(values);
        try {
            return run(options);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            options.err().println("saguaro: interrupted");
            return FAILURE;
        } catch (Exception e) {
            String message = Failures.describe(e);
            if (message == null) {
                e.printStackTrace(options.err());
            } else {
                options.err().println("saguaro: " + message);
            }
            return FAILURE;
        }
    }

    /** Carries the command out and returns its exit code. */
    protected abstract int run(Options options) throws Exception;
}
