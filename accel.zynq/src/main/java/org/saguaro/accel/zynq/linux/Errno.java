// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

/** What the kernel says when a call fails: numbers that x86-64 and aarch64 share, with the texts of {@code strerror}. */
enum Errno {
    EPERM(1, "Operation not permitted"),
    ENOENT(2, "No such file or directory"),
    EINTR(4, "Interrupted system call"),
    EIO(5, "Input/output error"),
    ENXIO(6, "No such device or address"),
    EBADF(9, "Bad file descriptor"),
    EAGAIN(11, "Resource temporarily unavailable"),
    ENOMEM(12, "Cannot allocate memory"),
    EACCES(13, "Permission denied"),
    EFAULT(14, "Bad address"),
    EBUSY(16, "Device or resource busy"),
    EEXIST(17, "File exists"),
    ENODEV(19, "No such device"),
    ENOTDIR(20, "Not a directory"),
    EISDIR(21, "Is a directory"),
    EINVAL(22, "Invalid argument"),
    EFBIG(27, "File too large"),
    ENOSPC(28, "No space left on device"),
    EROFS(30, "Read-only file system"),
    ENOTEMPTY(39, "Directory not empty"),
    ETIMEDOUT(110, "Connection timed out");

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    int number() {
        return number;
    }

    /** Whether this is what a call answered. */
    boolean is(long answer) {
        return answer == -number;
    }

    /** Whether one may not, whatever the node is. */
    static boolean isRefusal(long answer) {
        return EACCES.is(answer) || EPERM.is(answer);
    }

    /** For messages: {@code EACCES (Permission denied)}. */
    static String text(long answer) {
        for (Errno errno : values()) {
            if (errno.is(answer)) {
                return errno.name() + " (" + errno.text + ")";
            }
        }
        return "errno " + -answer;
    }
}
