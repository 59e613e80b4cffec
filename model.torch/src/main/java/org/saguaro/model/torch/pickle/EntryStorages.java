// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.zip.Storage;
import org.saguaro.model.torch.zip.StoredZip;

/** The storages in one folder of an archive, each mapped when it is first asked for. */
final class EntryStorages {

    private final StoredZip zip;
    private final String folder;
    private final Map<String, Storage> mapped = new HashMap<>();

    EntryStorages(StoredZip zip, String folder) {
        this.zip = zip;
        this.folder = folder;
    }

    /** The storage of that key, or null if the archive has none. */
    @Nullable
    Storage find(String key) throws IOException, ModelFormatException {
        Storage known = mapped.get(key);
        StoredZip.Entry entry = known == null ? zip.entry(folder + key) : null;
        if (entry != null) {
            known = new Storage(zip.map(entry));
            mapped.put(key, known);
        }
        return known;
    }

    /** The entry of that key, for errors. */
    String path(String key) {
        return folder + key;
    }
}
