// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Locale;
import java.util.regex.Pattern;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;

/** Turns libtorch's exceptions, kilobytes with a C++ stack, into one line and a category. */
final class TorchFailures {

    private static final int MAX_LENGTH = 400;
    private static final Pattern OUT_OF_MEMORY =
            Pattern.compile("out of memory|can't allocate memory|cannot allocate memory|bad_alloc|failed to allocate");
    private static final Pattern MISSING_KERNEL = Pattern.compile(
            "not implemented for|could not run '|no kernel|not supported on cpu|not yet implemented|isn't implemented");
    private static final Pattern BAD_DATA = Pattern.compile(
            "out of range|out of bounds|must match|mismatch|size .* invalid|is invalid for input of size|"
                    + "not compatible with|cannot be multiplied|expected .* (but|to|got)|given groups|"
                    + "can't be broadcast|cannot be broadcast|cannot be converted to scalar|output size is too small|kernel size can't be greater|"
                    + "must be (at least|non-negative|positive|equal)|should be|same (size|shape|dtype|number)|"
                    + "index .* (is|has)|negative dimension|shape '");

    private TorchFailures() {}

    static AccelException translate(String device, String layer, RuntimeException failure) {
        String line = firstLine(failure);
        return new AccelException(category(line), device + ": " + layer + ": " + line, failure);
    }

    static String firstLine(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        int cut = text.indexOf("Exception raised from");
        if (cut > 0) {
            text = text.substring(0, cut);
        }
        String line = text.lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty())
                .findFirst()
                .orElse(failure.getClass().getSimpleName());
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "..." : line;
    }

    static Category category(String line) {
        String text = line.toLowerCase(Locale.ROOT);
        if (OUT_OF_MEMORY.matcher(text).find()) {
            return Category.RESOURCE_EXHAUSTED;
        }
        if (MISSING_KERNEL.matcher(text).find()) {
            return Category.UNSUPPORTED;
        }
        if (BAD_DATA.matcher(text).find()) {
            return Category.INVALID_INPUT;
        }
        return Category.KERNEL_FAILED;
    }
}
