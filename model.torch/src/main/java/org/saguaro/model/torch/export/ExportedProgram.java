// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.json.JsonValue;
import org.saguaro.model.torch.zip.StoredZip;

/** Reads the archive of {@code torch.export.save}: layout, version, weights, graph. */
public final class ExportedProgram {

    /** A higher one announces a change that readers of this one cannot know. */
    private static final long SCHEMA_MAJOR = 8;

    private ExportedProgram() {}

    /**
     * Reads the model of an archive. Its weights stay mapped when the archive is closed.
     *
     * @param name what the graph is to be called
     * @throws ModelFormatException if the archive is damaged, of another layout, or uses what is not supported
     */
    public static LayerGraph read(StoredZip zip, String name, AtenSchemas schemas)
            throws IOException, ModelFormatException {
        ArchiveLayout layout = ArchiveLayout.of(zip);
        JsonValue program = layout.program();
        requireSchema(program);
        return GraphReader.read(program, layout.payloads(), schemas, name);
    }

    private static void requireSchema(JsonValue program) throws ModelFormatException {
        JsonValue version = program.field("schema_version");
        long major = version.field("major").integer();
        if (major != SCHEMA_MAJOR) {
            JsonValue torch = program.optional("torch_version");
            throw version.refuse(
                    "schema " + major + "." + version.field("minor").integer()
                            + (torch == null ? "" : " of torch " + torch.text()),
                    "schema " + SCHEMA_MAJOR + ".x",
                    major > SCHEMA_MAJOR
                            ? "use a newer Saguaro, or export with torch 2.9 to 2.14"
                            : ArchiveLayout.EXPORT_AGAIN);
        }
    }
}
