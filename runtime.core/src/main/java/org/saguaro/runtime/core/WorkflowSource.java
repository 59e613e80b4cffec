// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The description of a workflow and where it comes from.
 *
 * @param text JSON, as {@code docs/workflows.md} says
 * @param origin for messages: the file, or who wrote it
 * @param folder what the files that it names are relative to
 */
public record WorkflowSource(String text, String origin, Path folder) {

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read or is no UTF-8 text
     */
    public static WorkflowSource of(Path file) throws IOException {
        Path absolute = file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        try {
            return new WorkflowSource(Files.readString(absolute), file.toString(), parent == null ? absolute : parent);
        } catch (CharacterCodingException e) {
            throw new IOException(file + ": found bytes that are no UTF-8 text, expected JSON", e);
        }
    }
}
