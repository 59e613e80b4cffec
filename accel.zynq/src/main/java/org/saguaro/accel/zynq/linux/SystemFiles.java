// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.saguaro.accel.zynq.device.DeviceException;

/** The kernel's small text files: read whole, written by one call, and explained when they refuse. Thread-safe. */
final class SystemFiles {

    /** What a file in sysfs holds at most. */
    private static final int PAGE_BYTES = 4096;

    private static final int MAX_SHOWN = 60;

    private final SystemCalls calls;

    SystemFiles(SystemCalls calls) {
        this.calls = calls;
    }

    /**
     * The text without white space at its ends.
     *
     * @param hint what to check if it cannot be read
     */
    String text(Path file, String hint) throws DeviceException {
        int descriptor = calls.open(file.toString(), SystemCalls.READ_ONLY);
        if (descriptor < 0) {
            throw refused(file, "cannot be opened", descriptor, hint);
        }
        try (Memory buffer = new Memory(PAGE_BYTES)) {
            int length = 0;
            while (length < PAGE_BYTES) {
                int count = calls.read(descriptor, Pointer.nativeValue(buffer) + length, PAGE_BYTES - length);
                if (count == 0) {
                    break;
                }
                if (count > 0) {
                    length += count;
                } else if (!Errno.EINTR.is(count)) {
                    throw refused(file, "cannot be read", count, hint);
                }
            }
            return new String(buffer.getByteArray(0, length), StandardCharsets.ISO_8859_1).strip();
        } finally {
            calls.close(descriptor);
        }
    }

    /** Writes by one call: the kernel takes each for a command of its own. */
    void write(Path file, String text, String hint) throws DeviceException {
        int descriptor = calls.open(file.toString(), SystemCalls.WRITE_ONLY);
        if (descriptor < 0) {
            throw refused(file, "cannot be opened for writing", descriptor, hint);
        }
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        try (Memory buffer = new Memory(bytes.length)) {
            buffer.write(0, bytes, 0, bytes.length);
            int count;
            do {
                count = calls.write(descriptor, Pointer.nativeValue(buffer), bytes.length);
            } while (Errno.EINTR.is(count));
            if (count < 0) {
                throw refused(file, "refused '" + shown(text) + "'", count, hint);
            }
            if (count != bytes.length) {
                throw new DeviceException(file + ": took " + count + " of the " + bytes.length + " bytes of '"
                        + shown(text) + "', expected all; " + hint);
            }
        } finally {
            calls.close(descriptor);
        }
    }

    /** A number as the kernel writes it: decimal, or hexadecimal after {@code 0x}; not negative. */
    long number(Path file, String hint) throws DeviceException {
        String text = text(file, hint);
        String lower = text.toLowerCase(Locale.ROOT);
        try {
            long number = lower.startsWith("0x")
                    ? Long.parseUnsignedLong(lower.substring(2), 16)
                    : Long.parseUnsignedLong(lower);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as what is too large.
        }
        throw new DeviceException(
                file + ": found '" + shown(text) + "', expected a number (decimal, or hexadecimal after 0x); " + hint);
    }

    /** What is in a folder, by name; nothing if there is no such folder, or if it goes away just now. */
    static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of();
        }
    }

    /** A failed call as an exception that says which node, what was found, and what to check. */
    static DeviceException refused(Path node, String what, long answer, String hint) {
        String advice = Errno.isRefusal(answer)
                ? "run as a member of the group of the udev rules (board/README.md: sudo adduser USER saguaro, log in anew), or as root"
                : hint;
        return new DeviceException(node + ": " + what + ": " + Errno.text(answer) + "; " + advice);
    }

    static String shown(String text) {
        String printable = text.replaceAll("[^\\x20-\\x7e]", "?");
        return printable.length() <= MAX_SHOWN ? printable : printable.substring(0, MAX_SHOWN) + "...";
    }
}
