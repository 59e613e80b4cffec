// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.json.JsonValue;
import org.saguaro.model.torch.zip.Storage;
import org.saguaro.model.torch.zip.StoredZip;

/**
 * The weights of an archive as torch 2.9 and later write it: an entry for each storage, and a document that tells which
 * weight shows what part of it. Weights that share a storage (tied weights, views) share its mapping.
 */
final class ConfiguredPayloads implements Payloads {

    static final String WEIGHTS_FOLDER = "data/weights/";
    static final String WEIGHTS_CONFIG_SUFFIX = "_weights_config.json";
    static final String CONSTANTS_FOLDER = "data/constants/";
    private static final String CONSTANTS_CONFIG_SUFFIX = "_constants_config.json";
    private static final String LYING = "the archive is damaged: " + ArchiveLayout.EXPORT_AGAIN;

    private final ArchiveLayout layout;
    private final Map<String, JsonValue> weights;
    private final Map<String, JsonValue> constants;
    private final Map<String, Storage> storages = new HashMap<>();

    private ConfiguredPayloads(ArchiveLayout layout, Map<String, JsonValue> weights, Map<String, JsonValue> constants) {
        this.layout = layout;
        this.weights = weights;
        this.constants = constants;
    }

    /** Reads what the archive says about its weights; the weights themselves stay where they are. */
    static ConfiguredPayloads of(ArchiveLayout layout) throws IOException, ModelFormatException {
        return new ConfiguredPayloads(
                layout,
                config(layout, WEIGHTS_FOLDER + layout.model() + WEIGHTS_CONFIG_SUFFIX),
                config(layout, CONSTANTS_FOLDER + layout.model() + CONSTANTS_CONFIG_SUFFIX));
    }

    private static Map<String, JsonValue> config(ArchiveLayout layout, String path)
            throws IOException, ModelFormatException {
        return layout.document(path).field("config").fields();
    }

    @Override
    public Tensor weight(String name, JsonValue asker) throws IOException, ModelFormatException {
        return tensor(name, weights.get(name), WEIGHTS_FOLDER, asker);
    }

    @Override
    public Tensor constant(String name, JsonValue asker) throws IOException, ModelFormatException {
        return tensor(name, constants.get(name), CONSTANTS_FOLDER, asker);
    }

    private Tensor tensor(String name, @Nullable JsonValue configured, String folder, JsonValue asker)
            throws IOException, ModelFormatException {
        if (configured == null) {
            throw asker.refuse(
                    "no weight of the name " + name, "an entry for it in the configuration in " + folder, LYING);
        }
        JsonValue payload = configured.named("weight " + name);
        String path = folder + payload.field("path_name").text();
        if (payload.field("use_pickle").bool()) {
            throw payload.refuse(
                    "pickled data (" + path + ")",
                    "a plain tensor",
                    "replace tensor subclasses and custom objects by plain tensors before exporting");
        }
        JsonValue meta = payload.field("tensor_meta");
        DType dtype = TensorMeta.dtype(meta);
        TensorMeta.requireStrided(meta);
        long[] sizes = TensorMeta.fixed(meta.field("sizes"));
        long[] strides = TensorMeta.fixed(meta.field("strides"));
        long storageOffset = TensorMeta.fixedOne(meta.field("storage_offset"));
        Storage storage = storage(path, payload);
        Tensor tensor = storageOffset < 0 ? null : storage.view(dtype, sizes, strides, storageOffset);
        if (tensor == null) {
            throw outside(payload, dtype, sizes, strides, storageOffset, storage, path);
        }
        return tensor;
    }

    private static ModelFormatException outside(
            JsonValue payload,
            DType dtype,
            long[] sizes,
            long[] strides,
            long storageOffset,
            Storage storage,
            String path) {
        return payload.refuse(
                "a " + dtype + " tensor of sizes " + Arrays.toString(sizes) + ", strides " + Arrays.toString(strides)
                        + " and storage offset " + storageOffset,
                "a tensor that lies within the " + storage.sizeBytes() + " bytes of " + path,
                LYING);
    }

    private Storage storage(String path, JsonValue payload) throws IOException, ModelFormatException {
        Storage known = storages.get(path);
        if (known == null) {
            StoredZip.Entry entry = layout.zip().entry(layout.root() + path);
            if (entry == null) {
                throw payload.refuse("no entry " + path + " in the archive", "the weight's data", LYING);
            }
            known = new Storage(layout.zip().map(entry));
            storages.put(path, known);
        }
        return known;
    }
}
