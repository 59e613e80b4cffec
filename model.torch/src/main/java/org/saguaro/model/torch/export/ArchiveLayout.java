// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.json.JsonValue;
import org.saguaro.model.torch.zip.StoredZip;

/**
 * Where things are in an archive as torch 2.9 and later write it.
 *
 * @param root folder that holds everything, with its slash; named after the file the exporter wrote
 * @param model name of the one model inside
 */
record ArchiveLayout(StoredZip zip, String root, String model) {

    static final String EXPORT_AGAIN =
            "export the model again with torch >= 2.9: torch.export.save(torch.export.export(model, args), \"model.pt2\")";

    private static final String SUPPORTED = "an archive of torch.export.save of torch >= 2.9";
    private static final String FORMAT_ENTRY = "archive_format";
    private static final String MODELS_FOLDER = "models/";
    private static final String JSON_SUFFIX = ".json";
    private static final int MAX_MARK_BYTES = 256;
    private static final int MAX_DOCUMENT_BYTES = 256 << 20;

    /**
     * Finds the root and the model.
     *
     * @throws ModelFormatException if it is another kind of archive, an older or a newer layout
     */
    static ArchiveLayout of(StoredZip zip) throws IOException, ModelFormatException {
        ArchiveFamily family = ArchiveFamily.of(zip);
        if (family != ArchiveFamily.EXPORTED_PROGRAM) {
            throw family.refusal(zip, SUPPORTED, EXPORT_AGAIN);
        }
        String root = root(zip);
        requireMark(zip, root + FORMAT_ENTRY, "pt2");
        requireMark(zip, root + "archive_version", "0");
        if (zip.entry(root + "byteorder") != null) {
            requireMark(zip, root + "byteorder", "little");
        }
        ArchiveLayout layout = new ArchiveLayout(zip, root, model(zip, root));
        layout.refusePickledWeights();
        return layout;
    }

    /** The graph: {@code models/model.json}. */
    JsonValue program() throws IOException, ModelFormatException {
        return document(MODELS_FOLDER + model + JSON_SUFFIX);
    }

    /** A JSON document of the archive, which must be there. */
    JsonValue document(String path) throws IOException, ModelFormatException {
        return JsonValue.parse(zip.file(), path, zip.read(require(path), MAX_DOCUMENT_BYTES));
    }

    /** The entry at a path below the root. */
    StoredZip.Entry require(String path) throws ModelFormatException {
        StoredZip.Entry entry = zip.entry(root + path);
        if (entry == null) {
            throw new ModelFormatException(
                    zip.file(),
                    "entry " + path,
                    "none in the archive",
                    "the entry " + root + path,
                    "the archive is incomplete: " + EXPORT_AGAIN);
        }
        return entry;
    }

    private static String root(StoredZip zip) throws ModelFormatException {
        Set<String> roots = new TreeSet<>();
        for (StoredZip.Entry entry : zip.entries()) {
            String name = entry.name();
            int slash = name.indexOf('/');
            if (name.substring(slash + 1).equals(FORMAT_ENTRY)) {
                roots.add(name.substring(0, slash + 1));
            }
        }
        if (roots.size() != 1) {
            throw new ModelFormatException(
                    zip.file(), "archive", "the root folders " + roots, "exactly one root folder", EXPORT_AGAIN);
        }
        return roots.iterator().next();
    }

    private static void requireMark(StoredZip zip, String name, String expected)
            throws IOException, ModelFormatException {
        StoredZip.Entry entry = zip.entry(name);
        String found = entry == null
                ? "no such entry"
                : "\"" + new String(zip.read(entry, MAX_MARK_BYTES), StandardCharsets.UTF_8).strip() + "\"";
        if (!found.equals("\"" + expected + "\"")) {
            throw new ModelFormatException(
                    zip.file(),
                    "entry " + name,
                    found,
                    "\"" + expected + "\"",
                    "the archive is of another layout than torch 2.9 to 2.14 write on little-endian machines: "
                            + EXPORT_AGAIN);
        }
    }

    private static String model(StoredZip zip, String root) throws ModelFormatException {
        String prefix = root + MODELS_FOLDER;
        List<String> models = zip.entries().stream()
                .map(StoredZip.Entry::name)
                .filter(name -> name.startsWith(prefix) && name.endsWith(JSON_SUFFIX))
                .map(name -> name.substring(prefix.length(), name.length() - JSON_SUFFIX.length()))
                .sorted()
                .toList();
        if (models.size() != 1) {
            boolean compiled = zip.entries().stream().anyMatch(e -> e.name().startsWith(root + "data/aotinductor/"));
            throw new ModelFormatException(
                    zip.file(),
                    "entries " + prefix,
                    models.isEmpty()
                            ? (compiled ? "a package compiled by AOTInductor, without a graph" : "no model")
                            : "several models: " + models,
                    "one model, as torch.export.save writes it",
                    EXPORT_AGAIN);
        }
        return models.get(0);
    }

    /** Torch 2.8 had this layout already, but pickled all weights into one entry. */
    private void refusePickledWeights() throws ModelFormatException {
        String config = Payloads.WEIGHTS_FOLDER + model + Payloads.WEIGHTS_CONFIG_SUFFIX;
        String pickled = Payloads.WEIGHTS_FOLDER + model + ".pt";
        if (zip.entry(root + config) == null && zip.entry(root + pickled) != null) {
            throw new ModelFormatException(
                    zip.file(),
                    "entry " + pickled,
                    "pickled weights, as torch 2.8 wrote them",
                    SUPPORTED,
                    "the archive was written by torch 2.8: " + EXPORT_AGAIN);
        }
    }
}
