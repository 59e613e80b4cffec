// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A libtorch in this process and the functions of its C ABI. It is loaded once and never unloaded, whatever becomes of this bundle or of
 * JNA's: the dynamic linker is told so. Thread-safe.
 */
public final class Libtorch {

    /** The file that is looked for in a folder. */
    public static final String FILE = "libtorch_cpu.so";

    /** Bind everything now, and never unload. */
    private static final int OPEN_FLAGS = 0x2 | 0x1000;

    private static final String NEEDED = "aoti_torch_call_dispatcher";
    private static final int OLDEST_MAJOR = 2;
    private static final int OLDEST_MINOR = 7;

    private static final Map<Path, Libtorch> LOADED = new HashMap<>();

    private final Path file;
    private final NativeLibrary library;
    private final Predicate<String> visible;
    private final Map<String, Long> texts = new ConcurrentHashMap<>();
    private final Set<Memory> textMemory = ConcurrentHashMap.newKeySet();
    private final long version;

    private Libtorch(Path file, NativeLibrary library, Predicate<String> visible) {
        this.file = file;
        this.library = library;
        this.visible = visible;
        CFunction function = function("aoti_torch_abi_version", "");
        version = function == null ? 0 : wideResult(function);
    }

    private static long wideResult(CFunction function) {
        try (Memory result = new Memory(8);
                Memory noArguments = new Memory(8)) {
            function.call(Pointer.nativeValue(result), Pointer.nativeValue(noArguments));
            return result.getLong(0);
        }
    }

    /**
     * Loads the libtorch in a folder; the same again if it is loaded already.
     *
     * @param folder that holds {@link #FILE}, or has it in {@code lib} or {@code torch/lib}: an unpacked libtorch, or where pip put it
     * @throws IllegalArgumentException if there is none, it is too old, or it does not load; the message says what was looked for
     */
    public static synchronized Libtorch load(Path folder) {
        Path file = find(folder);
        Libtorch known = LOADED.get(file);
        if (known != null) {
            return known;
        }
        refuseSecond(file);
        NativeLibrary library;
        try {
            library = NativeLibrary.getInstance(file.toString(), Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS));
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalArgumentException(
                    file + " does not load: " + e.getMessage()
                            + "; it must be for this machine (" + System.getProperty("os.arch")
                            + ") and have its neighbours beside it",
                    e);
        }
        Libtorch libtorch = new Libtorch(file, library, name -> true);
        if (!libtorch.has(NEEDED) || libtorch.isOlderThan(OLDEST_MAJOR, OLDEST_MINOR)) {
            throw new IllegalArgumentException(file + " is libtorch " + libtorch.versionText() + "; needed is "
                    + OLDEST_MAJOR + "." + OLDEST_MINOR + " or later, with the C function " + NEEDED);
        }
        LOADED.put(file, libtorch);
        return libtorch;
    }

    private static Path find(Path folder) {
        List<Path> places = Stream.of("", "lib", "torch/lib")
                .map(place ->
                        folder.resolve(place).resolve(FILE).toAbsolutePath().normalize())
                .toList();
        for (Path place : places) {
            if (Files.isRegularFile(place)) {
                try {
                    return place.toRealPath();
                } catch (IOException e) {
                    return place;
                }
            }
        }
        throw new IllegalArgumentException("no libtorch in " + folder + ": looked for "
                + places.stream().map(Path::toString).collect(Collectors.joining(", "))
                + "; give the folder of an unpacked libtorch, or the one that"
                + " python3 -c 'import torch; print(torch.__path__[0])' prints");
    }

    /** The dynamic linker would mix the two, whose inner libraries have the same names, and the process would end. */
    private static void refuseSecond(Path file) {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            Set<String> others = maps.filter(line -> line.endsWith("/" + FILE))
                    .map(line -> line.substring(line.indexOf('/')))
                    .filter(path -> !path.equals(file.toString()))
                    .collect(Collectors.toSet());
            if (!others.isEmpty()) {
                throw new IllegalArgumentException("another libtorch is in this process, " + others + ", so " + file
                        + " cannot be loaded: start again with it configured from the beginning");
            }
        } catch (IOException e) {
            // No such file: nothing can be said.
        }
    }

    /**
     * The same library as if it had only some of its functions: how an older one behaves can be tested with it.
     *
     * @param names which functions of the C ABI there are
     */
    Libtorch restrictedTo(Set<String> names) {
        return new Libtorch(
                file,
                library,
                name -> names.contains(name) || !(name.startsWith("aoti_") || name.startsWith("torch_")));
    }

    /** Whether it exports that function. */
    boolean has(String name) {
        return visible.test(name) && address(name) != 0;
    }

    private long address(String name) {
        try {
            return Pointer.nativeValue(library.getGlobalVariableAddress(name));
        } catch (UnsatisfiedLinkError e) {
            return 0;
        }
    }

    /**
     * A function, or null if it has none of that name.
     *
     * @param kinds one letter for each argument, see {@link CFunction}
     */
    @Nullable
    CFunction function(String name, String kinds) {
        return has(name) ? new CFunction(address(name), kinds) : null;
    }

    /**
     * A function that every supported libtorch has.
     *
     * @throws IllegalArgumentException if this one has not
     */
    CFunction need(String name, String kinds) {
        CFunction function = function(name, kinds);
        if (function == null) {
            throw new IllegalArgumentException(file + " has no function " + name + "; it is libtorch " + versionText());
        }
        return function;
    }

    /** Where a text lies that C can read, as long as the process lives. */
    long text(String text) {
        return texts.computeIfAbsent(text, t -> {
            byte[] bytes = t.getBytes(StandardCharsets.UTF_8);
            Memory memory = new Memory(bytes.length + 1L);
            memory.write(0, bytes, 0, bytes.length);
            memory.setByte(bytes.length, (byte) 0);
            textMemory.add(memory);
            return Pointer.nativeValue(memory);
        });
    }

    /** Version as its functions want it told. */
    long version() {
        return version;
    }

    boolean isOlderThan(int major, int minor) {
        long found = (version >>> 56) * 1000 + ((version >>> 48) & 0xff);
        return found < major * 1000L + minor;
    }

    /** For people, for instance {@code 2.7}. */
    public String versionText() {
        return version == 0 ? "older than 2.7" : (version >>> 56) + "." + ((version >>> 48) & 0xff);
    }

    /** The file that is loaded. */
    public Path file() {
        return file;
    }

    @Override
    public String toString() {
        return "libtorch " + versionText() + " (" + file + ")";
    }
}
