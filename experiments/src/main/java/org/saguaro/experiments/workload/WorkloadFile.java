// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Workloads as JSON; docs/workloads.md and docs/workload.schema.json say what they look like. */
public final class WorkloadFile {

    private WorkloadFile() {}

    /**
     * Reads a file. Paths in it count from its folder.
     *
     * @throws WorkloadException with everything that is wrong, each with line and column
     * @throws IOException if the file cannot be read
     */
    public static Workload read(Path file) throws IOException, WorkloadException {
        try {
            Path folder = file.toAbsolutePath().normalize().getParent();
            return parse(Files.readString(file), file.toString(), folder == null ? Path.of("/") : folder);
        } catch (CharacterCodingException e) {
            throw new WorkloadException(file + ": found bytes that are no UTF-8, expected JSON", e);
        }
    }

    /**
     * Reads a text.
     *
     * @param origin what messages call it
     * @param folder where paths in it count from
     * @throws WorkloadException with everything that is wrong
     * @throws IOException if a recorded trace cannot be read
     */
    public static Workload parse(String text, String origin, Path folder) throws IOException, WorkloadException {
        return new WorkloadReader(origin, folder).read(text);
    }
}
