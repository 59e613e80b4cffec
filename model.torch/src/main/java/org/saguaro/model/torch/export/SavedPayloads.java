// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.json.JsonValue;
import org.saguaro.model.torch.pickle.TorchPickle;
import org.saguaro.model.torch.zip.StoredZip;

/** The weights of an archive as torch 2.8 and earlier wrote it: two dictionaries, each in an archive of {@code torch.save} of its own. */
final class SavedPayloads implements Payloads {

    private final Map<?, ?> state;
    private final String stateEntry;
    private final Map<?, ?> constants;
    private final String constantsEntry;

    private SavedPayloads(Map<?, ?> state, String stateEntry, Map<?, ?> constants, String constantsEntry) {
        this.state = state;
        this.stateEntry = stateEntry;
        this.constants = constants;
        this.constantsEntry = constantsEntry;
    }

    /**
     * Reads the dictionaries; the tensors in them stay where they are.
     *
     * @param stateEntry of parameters and persistent buffers
     * @param constantsEntry of everything else
     */
    static SavedPayloads of(ArchiveLayout layout, String stateEntry, String constantsEntry)
            throws IOException, ModelFormatException {
        return new SavedPayloads(
                dictionary(layout, layout.require(stateEntry)),
                stateEntry,
                dictionary(layout, layout.zip().entry(layout.root() + constantsEntry)),
                constantsEntry);
    }

    private static Map<?, ?> dictionary(ArchiveLayout layout, StoredZip.@Nullable Entry entry)
            throws IOException, ModelFormatException {
        // An exporter that has nothing to write leaves the entry empty, or leaves it out.
        if (entry == null || entry.sizeBytes() == 0) {
            return Map.of();
        }
        Object saved = TorchPickle.read(layout.zip().nested(entry));
        if (saved instanceof Map<?, ?> dictionary) {
            return dictionary;
        }
        throw new ModelFormatException(
                layout.zip().file(),
                layout.zip().place(entry.name()),
                saved == null ? "None" : "something else",
                "a dictionary of weights",
                "the archive is damaged: " + ArchiveLayout.EXPORT_AGAIN);
    }

    @Override
    public Tensor weight(String name, JsonValue asker) throws ModelFormatException {
        return tensor(name, state, stateEntry, asker);
    }

    @Override
    public Tensor constant(String name, JsonValue asker) throws ModelFormatException {
        return tensor(name, constants, constantsEntry, asker);
    }

    private static Tensor tensor(String name, Map<?, ?> dictionary, String entry, JsonValue asker)
            throws ModelFormatException {
        Object value = dictionary.get(name);
        if (value instanceof Tensor tensor) {
            return tensor;
        }
        throw asker.refuse(
                value == null ? "no weight of the name " + name : "the weight " + name + ", which is no tensor",
                "a tensor of that name in the entry " + entry,
                "the archive is damaged: " + ArchiveLayout.EXPORT_AGAIN);
    }
}
