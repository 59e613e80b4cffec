// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Locale;
import java.util.regex.Pattern;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;

/** Turns libtorch's exceptions, kilobytes with a C++ stack, into one line and a category. */
public final class TorchFailures {

    private static final int MAX_LENGTH = 400;
    private static final Pattern OUT_OF_MEMORY =
            Pattern.compile("out of memory|can't allocate memory|cannot allocate memory|bad_alloc|failed to allocate");
    private static final Pattern MISSING_KERNEL = Pattern.compile(
            "not implemented for|could not run '|no kernel|not supported on cpu|not yet implemented|isn't implemented");
    /** What libtorch writes behind the words of a check of its own that failed. */
    public static final String CHECKED = "Exception raised from";

    private static final String INTERNAL = "INTERNAL ASSERT FAILED";

    private TorchFailures() {}

    /** The exception that a kernel throws for it. */
    public static AccelException translate(String device, String layer, RuntimeException failure) {
        // Java refuses arguments by this class; libtorch has one class for everything.
        Category category = failure instanceof IllegalArgumentException
                ? Category.INVALID_INPUT
                : category(String.valueOf(failure.getMessage()));
        return new AccelException(category, device + ": " + layer + ": " + firstLine(failure), failure);
    }

    /** Its message, short. */
    public static String firstLine(Throwable failure) {
        String line = firstLine(words(String.valueOf(failure.getMessage())));
        if (line.isEmpty()) {
            return failure.getClass().getSimpleName();
        }
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "..." : line;
    }

    /** libtorch checks arguments against each other before it computes; a check that fails is about the data. */
    public static Category category(String message) {
        String text = words(message).toLowerCase(Locale.ROOT);
        if (OUT_OF_MEMORY.matcher(text).find()) {
            return Category.RESOURCE_EXHAUSTED;
        }
        if (MISSING_KERNEL.matcher(text).find()) {
            return Category.UNSUPPORTED;
        }
        return message.contains(CHECKED) && !message.contains(INTERNAL)
                ? Category.INVALID_INPUT
                : Category.KERNEL_FAILED;
    }

    private static String words(String message) {
        int cut = message.indexOf(CHECKED);
        return cut < 0 ? message : message.substring(0, cut);
    }

    private static String firstLine(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
    }
}
