// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

/** Which of the standard streams are terminals. The start script looks, because Java before 22 cannot tell them apart. */
final class Tty {

    private static final String PROPERTY = "saguaro.tty";

    private Tty() {}

    static boolean isInput() {
        return System.getProperty(PROPERTY, "").contains("in");
    }

    static boolean isError() {
        return System.getProperty(PROPERTY, "").contains("err");
    }
}
