// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ModelReader;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.export.ArchiveFamily;
import org.saguaro.model.torch.export.ExportedProgram;
import org.saguaro.model.torch.zip.StoredZip;

/**
 * Reads the archives of {@code torch.export.save} ({@code .pt2}) as torch 2.5 and later write them.
 *
 * <p>It also accepts pickles, because it can tell what they are and what to do about it; {@link #read} refuses them.
 */
@Component
public final class ExportedProgramReader implements ModelReader {

    private static final String EXPORT =
            "export the model with torch >= 2.9: torch.export.save(torch.export.export(model, args), \"model.pt2\")";

    private final AtenSchemas schemas = AtenSchemas.load();

    @Activate
    public ExportedProgramReader() {}

    @Override
    public String format() {
        return "torch.export (.pt2)";
    }

    @Override
    public boolean accepts(Path file) throws IOException {
        return switch (FileHead.of(file)) {
            case ZIP -> isTorchArchive(file);
            case PICKLE -> true;
            case EMPTY, OTHER -> isNamedPt2(file);
        };
    }

    @Override
    public LayerGraph read(Path file) throws IOException, ModelFormatException {
        switch (FileHead.of(file)) {
            case ZIP -> {}
            case PICKLE -> throw refusal(file, "a pickled object (torch.save of torch <= 1.5), no model with a graph");
            case EMPTY -> throw refusal(file, "an empty file");
            case OTHER -> throw refusal(file, "no zip archive");
        }
        try (StoredZip zip = StoredZip.open(file)) {
            return ExportedProgram.read(zip, stem(file), schemas);
        }
    }

    private static boolean isTorchArchive(Path file) throws IOException {
        try (StoredZip zip = StoredZip.open(file)) {
            return switch (ArchiveFamily.of(zip)) {
                case EXPORTED_PROGRAM, FLAT_EXPORTED_PROGRAM, PICKLE -> true;
                case TORCHSCRIPT -> false;
                case OTHER -> isNamedPt2(file);
            };
        } catch (ModelFormatException damaged) {
            // read() tells what is wrong with it.
            return isNamedPt2(file);
        }
    }

    private static boolean isNamedPt2(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".pt2");
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static ModelFormatException refusal(Path file, String found) {
        return new ModelFormatException(
                file, "beginning of the file", found, "an archive of torch.export.save (a zip file)", EXPORT);
    }

    /** What the first bytes of a file tell. */
    private enum FileHead {
        EMPTY,
        ZIP,
        PICKLE,
        OTHER;

        static FileHead of(Path file) throws IOException {
            byte[] head;
            try (var in = Files.newInputStream(file)) {
                head = in.readNBytes(4);
            }
            if (head.length == 0) {
                return EMPTY;
            }
            if (head.length == 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4) {
                return ZIP;
            }
            // The PROTO opcode and its version, then the long that torch.save began with.
            return head.length == 4 && (head[0] & 0xff) == 0x80 && head[1] <= 5 && (head[2] & 0xff) == 0x8a
                    ? PICKLE
                    : OTHER;
        }
    }
}
