// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.zip.StoredZip;
import org.saguaro.model.torch.zip.ZipBytes;

/** An unpacked archive: names and contents of its entries, in order. */
final class Archive {

    private static final int MAX_ENTRY_BYTES = 16 << 20;

    final Map<String, byte[]> entries;

    Archive(Map<String, byte[]> entries) {
        this.entries = entries;
    }

    static Archive read(Path file) throws IOException, ModelFormatException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (StoredZip zip = StoredZip.open(file)) {
            for (StoredZip.Entry entry : zip.entries()) {
                entries.put(entry.name(), zip.read(entry, MAX_ENTRY_BYTES));
            }
        }
        return new Archive(entries);
    }

    Archive copy() {
        return new Archive(new LinkedHashMap<>(entries));
    }

    List<String> names(Predicate<String> chosen) {
        return entries.keySet().stream().filter(chosen).toList();
    }

    List<String> names() {
        return new ArrayList<>(entries.keySet());
    }

    byte[] contents(String name) {
        byte[] contents = entries.get(name);
        if (contents == null) {
            throw new IllegalArgumentException("there is no entry " + name);
        }
        return contents;
    }

    /** As PyTorch packs it: right checksums, right sizes. */
    byte[] pack() {
        ZipBytes zip = new ZipBytes();
        entries.forEach(zip::put);
        return zip.build();
    }
}
