// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

/** Exit codes of all commands. */
final class ExitCode {

    static final int OK = 0;
    /** The command was understood and failed. */
    static final int FAILURE = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;

    private ExitCode() {}
}
