// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.zip.StoredZip;

/**
 * A pickle of an archive of {@code torch.save} or {@code torch.jit.save}: the entry {@code <name>.pkl} and the storages of its tensors,
 * one entry each, in the folder {@code <name>/}.
 *
 * <p>Tensors come out as {@link Tensor}s on the mapped file; those that share a storage share its bytes. Parameters are
 * their tensors. Devices, layouts come out as {@link org.saguaro.model.api.Argument.Constant}s, element types as
 * {@link org.saguaro.model.api.DType}s, {@code torch.Size} as {@link Tuple}; all else as {@link Unpickler} says.
 */
public final class TorchPickle {

    private static final String SUFFIX = ".pkl";
    private static final String SAVED = "data";
    private static final int MAX_PICKLE_BYTES = 64 << 20;
    private static final int MAX_MARK_BYTES = 256;

    private TorchPickle() {}

    /**
     * Reads a pickle.
     *
     * @param root the folder that holds everything in the archive, with its slash; empty if there is none
     * @param name {@code data} for {@code data.pkl}
     * @throws ModelFormatException if it is not there, damaged, or holds what PyTorch does not write for models
     */
    public static @Nullable Object read(StoredZip zip, String root, String name)
            throws IOException, ModelFormatException {
        String path = root + name + SUFFIX;
        StoredZip.Entry entry = zip.entry(path);
        if (entry == null) {
            throw new ModelFormatException(
                    zip.file(), zip.place(path), "none in the archive", "a pickle", PickleRefusal.DAMAGED);
        }
        requireLittleEndian(zip, root);
        return Unpickler.read(
                zip.file(),
                zip.place(path),
                zip.read(entry, MAX_PICKLE_BYTES),
                new TorchClasses(new EntryStorages(zip, root + name + "/")));
    }

    /**
     * Reads what {@code torch.save} wrote: the one pickle of an archive.
     *
     * @throws ModelFormatException as {@link #read(StoredZip, String, String)}
     */
    public static @Nullable Object read(StoredZip zip) throws IOException, ModelFormatException {
        List<String> pickles = zip.entries().stream()
                .map(StoredZip.Entry::name)
                .filter(name -> name.substring(name.indexOf('/') + 1).equals(SAVED + SUFFIX))
                .toList();
        if (pickles.size() != 1) {
            throw new ModelFormatException(
                    zip.file(), zip.place(SAVED + SUFFIX), pickles.size() + " pickles", "one", PickleRefusal.DAMAGED);
        }
        String path = pickles.get(0);
        return read(zip, path.substring(0, path.indexOf('/') + 1), SAVED);
    }

    /** Since torch 2.1 archives tell the order of bytes; before, only little-endian machines wrote any. */
    private static void requireLittleEndian(StoredZip zip, String root) throws IOException, ModelFormatException {
        StoredZip.Entry mark = zip.entry(root + "byteorder");
        if (mark == null) {
            return;
        }
        String order = new String(zip.read(mark, MAX_MARK_BYTES), StandardCharsets.UTF_8).strip();
        if (!order.equals("little")) {
            throw new ModelFormatException(
                    zip.file(),
                    zip.place(mark.name()),
                    "\"" + Unpickler.printable(order) + "\"",
                    "\"little\"",
                    "save the model on a little-endian machine");
        }
    }
}
