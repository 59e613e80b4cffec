// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.zip.StoredZip;

/** The kinds of zip archive that PyTorch writes, told apart by the names inside. */
public enum ArchiveFamily {
    /** {@code torch.export.save} of torch 2.8 and later. */
    EXPORTED_PROGRAM("a torch.export archive"),
    /** {@code torch.export.save} of torch 2.7 and earlier: everything at the top. */
    FLAT_EXPORTED_PROGRAM("a torch.export archive of the flat layout"),
    /** {@code torch.jit.save}. */
    TORCHSCRIPT("a TorchScript archive (torch.jit.save)"),
    /** {@code torch.save} of anything: often only a state_dict, weights without a graph. */
    PICKLE("a pickled object (torch.save), often only a state_dict: weights without a graph"),
    /** Some other zip archive. */
    OTHER("a zip archive that PyTorch did not write");

    static final String FLAT_PROGRAM = "serialized_exported_program.json";

    private final String description;

    ArchiveFamily(String description) {
        this.description = description;
    }

    /** Tells which kind an archive is. */
    public static ArchiveFamily of(StoredZip zip) {
        boolean code = false;
        boolean pickle = false;
        for (StoredZip.Entry entry : zip.entries()) {
            String name = entry.name();
            String belowRoot = name.substring(name.indexOf('/') + 1);
            switch (belowRoot) {
                case "archive_format" -> {
                    return EXPORTED_PROGRAM;
                }
                case FLAT_PROGRAM -> {
                    return FLAT_EXPORTED_PROGRAM;
                }
                case "data.pkl" -> pickle = true;
                default -> code |= belowRoot.startsWith("code/");
            }
        }
        if (!pickle) {
            return OTHER;
        }
        return code ? TORCHSCRIPT : PICKLE;
    }

    /** Why an archive of this kind is not read. */
    ModelFormatException refusal(StoredZip zip, String supported, String exportAgain) {
        return new ModelFormatException(
                zip.file(),
                "archive",
                description,
                supported,
                switch (this) {
                    case TORCHSCRIPT -> "let the reader for TorchScript read it, or " + exportAgain;
                    case PICKLE -> "load the weights into their model in Python, then " + exportAgain;
                    case EXPORTED_PROGRAM, FLAT_EXPORTED_PROGRAM, OTHER -> exportAgain;
                });
    }
}
