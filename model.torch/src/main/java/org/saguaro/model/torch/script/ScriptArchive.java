// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.pickle.PickledObject;
import org.saguaro.model.torch.pickle.TorchPickle;
import org.saguaro.model.torch.pickle.Tuple;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.zip.StoredZip;

/** Where things are in an archive of {@code torch.jit.save}. */
public final class ScriptArchive {

    private static final String SAVE_AGAIN =
            "save the model again: torch.jit.save(torch.jit.script(model), \"model.pt\")";
    private static final String CODE = "code/";
    private static final int MAX_MARK_BYTES = 64;
    private static final int MAX_CODE_BYTES = 4 << 20;

    /** What torch 2.13 writes and reads at most. */
    private static final int NEWEST_VERSION = 10;

    private final StoredZip zip;
    private final String root;
    private final int version;

    private ScriptArchive(StoredZip zip, String root, int version) {
        this.zip = zip;
        this.root = root;
        this.version = version;
    }

    /**
     * Finds the root folder and the version.
     *
     * @throws ModelFormatException if it is no archive of torch.jit.save, or one that is too new
     */
    public static ScriptArchive of(StoredZip zip) throws IOException, ModelFormatException {
        String root = root(zip);
        StoredZip.Entry mark = zip.entry(root + "version");
        if (mark == null) {
            mark = zip.entry(root + ".data/version");
        }
        if (mark == null) {
            throw new ModelFormatException(
                    zip.file(), "archive", "no entry version", "the version that torch.jit.save writes", SAVE_AGAIN);
        }
        String text = new String(zip.read(mark, MAX_MARK_BYTES), StandardCharsets.US_ASCII).strip();
        int version = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (version < 1 || version > NEWEST_VERSION) {
            throw new ModelFormatException(
                    zip.file(),
                    "entry " + mark.name(),
                    "version " + (text.matches("\\w{1,20}") ? text : "that is no number"),
                    "a version from 1 to " + NEWEST_VERSION,
                    "the archive is damaged, or written by a newer torch: save it with torch 1.4 to 2.13");
        }
        return new ScriptArchive(zip, root, version);
    }

    private static String root(StoredZip zip) throws ModelFormatException {
        Set<String> roots = new TreeSet<>();
        for (StoredZip.Entry entry : zip.entries()) {
            String name = entry.name();
            String folder = name.substring(0, name.indexOf('/') + 1);
            if (name.equals(folder + "data.pkl")) {
                roots.add(folder);
            }
        }
        if (roots.size() != 1) {
            throw new ModelFormatException(
                    zip.file(), "archive", "the root folders " + roots, "exactly one folder with data.pkl", SAVE_AGAIN);
        }
        return roots.iterator().next();
    }

    public Path file() {
        return zip.file();
    }

    /** Version of the format and of the operators, as PyTorch counts them. */
    public int version() {
        return version;
    }

    /** A place for what is wrong with the archive as a whole. */
    public Position place(String what) {
        return new Position(new Position.Source(zip.file(), what), 1, 1);
    }

    /** The model: an object of its class. */
    public PickledObject model() throws IOException, ModelFormatException {
        Object model = TorchPickle.read(zip, root, "data");
        if (model instanceof PickledObject object) {
            return object;
        }
        throw new ModelFormatException(
                zip.file(), "entry data.pkl", "no object of a class of the model", "a module", SAVE_AGAIN);
    }

    /** The constants that the code names by number. */
    public Tuple constants() throws IOException, ModelFormatException {
        if (zip.entry(root + "constants.pkl") == null) {
            return new Tuple(List.of());
        }
        Object constants = TorchPickle.read(zip, root, "constants");
        if (constants instanceof Tuple tuple) {
            return tuple;
        }
        throw new ModelFormatException(
                zip.file(), "entry constants.pkl", "no tuple", "a tuple of constants", SAVE_AGAIN);
    }

    /** The text of a file of code, by its path below the folder of all code; null if there is none. */
    public @Nullable String code(String path) throws IOException, ModelFormatException {
        StoredZip.Entry entry = zip.entry(root + CODE + path);
        if (entry == null) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(zip.read(entry, MAX_CODE_BYTES)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(
                    zip.file(), "entry " + CODE + path, "bytes that are no text", "code in UTF-8", SAVE_AGAIN, e);
        }
    }
}
