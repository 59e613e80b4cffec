// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.nio.file.Path;
import org.saguaro.model.api.ModelFormatException;

/**
 * A place in the code of an archive.
 *
 * @param source of which file
 * @param line from 1
 * @param column from 1
 */
public record Position(Source source, int line, int column) {

    private static final String DAMAGED = "the file is damaged, or written by a torch that this version does not know:"
            + " save the model again with torch.jit.save";

    /**
     * A file with code.
     *
     * @param archive the model file
     * @param entry its place in it, for instance {@code code/__torch__/models.py}
     */
    public record Source(Path archive, String entry) {}

    /** That something stands here that is not supported. */
    public ModelFormatException refuse(String found, String expected, String action) {
        return new ModelFormatException(source.archive(), toString(), found, expected, action);
    }

    /** That something stands here that TorchScript does not write. */
    public ModelFormatException refuse(String found, String expected) {
        return refuse(found, expected, DAMAGED);
    }

    @Override
    public String toString() {
        return source.entry() + ", line " + line + ", column " + column;
    }
}
