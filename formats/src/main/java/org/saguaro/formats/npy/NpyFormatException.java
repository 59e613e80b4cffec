// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.npy;

import java.nio.file.Path;

/** A file is no array that can be read. The message names the file, what was found and what was expected. */
public final class NpyFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    NpyFormatException(Path file, String found, String expected) {
        super(file + ": found " + found + ", expected " + expected);
    }
}
