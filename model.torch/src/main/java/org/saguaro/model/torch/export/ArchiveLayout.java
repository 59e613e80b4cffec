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
 * Where things are in an archive: everything at the top until torch 2.7, in folders since 2.8.
 *
 * @param root folder that holds everything, with its slash; named after the file the exporter wrote
 * @param model name of the one model inside; empty in the flat layout
 */
record ArchiveLayout(StoredZip zip, String root, String model) {

    static final String EXPORT_AGAIN =
            "export the model again with torch >= 2.9: torch.export.save(torch.export.export(model, args), \"model.pt2\")";

    private static final String SUPPORTED = "an archive of torch.export.save of torch >= 2.5";
    private static final String FORMAT_ENTRY = "archive_format";
    private static final String MODELS_FOLDER = "models/";
    private static final String JSON_SUFFIX = ".json";
    private static final String SAVED_SUFFIX = ".pt";
    private static final String FLAT_STATE = "serialized_state_dict.pt";
    private static final String FLAT_CONSTANTS = "serialized_constants.pt";
    private static final int MAX_MARK_BYTES = 256;
    private static final int MAX_DOCUMENT_BYTES = 256 << 20;

    /**
     * Finds the root and the model.
     *
     * @throws ModelFormatException if it is another kind of archive, an older or a newer layout
     */
    static ArchiveLayout of(StoredZip zip) throws IOException, ModelFormatException {
        return switch (ArchiveFamily.of(zip)) {
            case FLAT_EXPORTED_PROGRAM -> new ArchiveLayout(zip, root(zip, ArchiveFamily.FLAT_PROGRAM), "");
            case EXPORTED_PROGRAM -> inFolders(zip);
            case TORCHSCRIPT, PICKLE, OTHER -> throw ArchiveFamily.of(zip).refusal(zip, SUPPORTED, EXPORT_AGAIN);
        };
    }

    private static ArchiveLayout inFolders(StoredZip zip) throws IOException, ModelFormatException {
        String root = root(zip, FORMAT_ENTRY);
        requireMark(zip, root + FORMAT_ENTRY, "pt2");
        requireMark(zip, root + "archive_version", "0");
        if (zip.entry(root + "byteorder") != null) {
            requireMark(zip, root + "byteorder", "little");
        }
        return new ArchiveLayout(zip, root, model(zip, root));
    }

    /** The graph. */
    JsonValue program() throws IOException, ModelFormatException {
        return document(model.isEmpty() ? ArchiveFamily.FLAT_PROGRAM : MODELS_FOLDER + model + JSON_SUFFIX);
    }

    /** The weights. */
    Payloads payloads() throws IOException, ModelFormatException {
        if (model.isEmpty()) {
            return SavedPayloads.of(this, FLAT_STATE, FLAT_CONSTANTS);
        }
        String config = ConfiguredPayloads.WEIGHTS_FOLDER + model + ConfiguredPayloads.WEIGHTS_CONFIG_SUFFIX;
        // Torch 2.8 had the folders already, but pickled all weights into one entry.
        String saved = ConfiguredPayloads.WEIGHTS_FOLDER + model + SAVED_SUFFIX;
        return zip.entry(root + config) == null && zip.entry(root + saved) != null
                ? SavedPayloads.of(this, saved, ConfiguredPayloads.CONSTANTS_FOLDER + model + SAVED_SUFFIX)
                : ConfiguredPayloads.of(this);
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

    /** The folder of the one entry of that name. */
    private static String root(StoredZip zip, String marked) throws ModelFormatException {
        Set<String> roots = new TreeSet<>();
        for (StoredZip.Entry entry : zip.entries()) {
            String name = entry.name();
            int slash = name.indexOf('/');
            if (name.substring(slash + 1).equals(marked)) {
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
                    "the archive is of another layout than torch 2.8 to 2.14 write on little-endian machines: "
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
}
