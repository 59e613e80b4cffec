// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ModelReader;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.export.ArchiveFamily;
import org.saguaro.model.torch.script.ScriptArchive;
import org.saguaro.model.torch.script.trace.ModelTracer;
import org.saguaro.model.torch.zip.StoredZip;

/** Reads the archives of {@code torch.jit.save} ({@code .pt}), traced or scripted, as torch 1.4 and later write them. */
@Component
public final class TorchScriptReader implements ModelReader {

    private final AtenSchemas schemas = AtenSchemas.load();

    @Activate
    public TorchScriptReader() {}

    @Override
    public String format() {
        return "TorchScript (.pt)";
    }

    @Override
    public boolean accepts(Path file) throws IOException {
        if (!isZip(file)) {
            return false;
        }
        try (StoredZip zip = StoredZip.open(file)) {
            return ArchiveFamily.of(zip) == ArchiveFamily.TORCHSCRIPT;
        } catch (ModelFormatException damaged) {
            return false;
        }
    }

    private static boolean isZip(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(4);
            return head.length == 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4;
        }
    }

    @Override
    public LayerGraph read(Path file) throws IOException, ModelFormatException {
        try (StoredZip zip = StoredZip.open(file)) {
            return ModelTracer.read(ScriptArchive.of(zip), stem(file), schemas);
        }
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
