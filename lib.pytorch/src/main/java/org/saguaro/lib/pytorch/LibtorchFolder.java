// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * Brings the libtorch of this platform in place. Touches the JavaCPP presets only where they have natives, so that elsewhere neither they nor
 * their classes are needed. Thread-safe.
 */
public final class LibtorchFolder {

    /** Names a folder with a libtorch to use instead of the one that comes along. */
    public static final String PROPERTY = "saguaro.libtorch";

    private static final String CACHE_PROPERTY = "org.bytedeco.javacpp.cachedir";
    private static final String LIBRARY = "libtorch_cpu.so";

    private LibtorchFolder() {}

    /**
     * Brings libtorch in place, extracting it on the first start. What it finds first, it takes: the folder that {@link #PROPERTY} names; the
     * natives of the presets on the class path, which are loaded; a plain libtorch on the class path, under
     * {@code pytorch/cpu/<platform>/}, as DJL packs it, which is extracted.
     *
     * @param cacheDir where natives are extracted to; null for {@code -Dorg.bytedeco.javacpp.cachedir}, or JavaCPP's default
     * @param listener hears about the extraction
     * @return the folder that holds {@code libtorch_cpu.so}, not loaded yet; null if the presets are loaded instead
     * @throws NativeLibrariesException if there is none, or it cannot be extracted or loaded
     */
    public static synchronized @Nullable Path prepare(@Nullable Path cacheDir, ProgressListener listener) {
        String configured = System.getProperty(PROPERTY, "");
        if (!configured.isBlank()) {
            return Path.of(configured.strip());
        }
        String presets = NativeLibraries.platform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        if (LibtorchFolder.class.getClassLoader().getResource("org/bytedeco/pytorch/" + presets + "/") != null) {
            NativeLibraries.load(cacheDir, listener);
            return null;
        }
        return extract(folderOf(presets), cacheDir, listener);
    }

    /** The folder on the class path in which a plain libtorch for a platform is. */
    static String folderOf(String presetsPlatform) {
        return "pytorch/cpu/" + presetsPlatform.replace("arm64", "aarch64") + "/";
    }

    /** Extracts the plain libtorch of a class-path folder, unless that was done before. */
    static Path extract(String folder, @Nullable Path cacheDir, ProgressListener listener) {
        URL library = LibtorchFolder.class.getClassLoader().getResource(folder + LIBRARY);
        if (library == null) {
            throw new NativeLibrariesException(
                    "no libtorch for this machine: the class path has neither natives of the JavaCPP presets nor "
                            + folder
                            + LIBRARY + "; name a folder that has a libtorch 2.7 or later by -D" + PROPERTY
                            + " (see lib.pytorch/README.md)",
                    null);
        }
        try {
            if (!(library.openConnection() instanceof JarURLConnection connection)) {
                return Objects.requireNonNull(Path.of(library.toURI()).getParent());
            }
            Path jar = Path.of(connection.getJarFileURL().toURI());
            Path target = cache(cacheDir).resolve(jar.getFileName().toString());
            Files.createDirectories(target);
            extract(connection.getJarFile(), folder, target, listener);
            return target;
        } catch (IOException | java.net.URISyntaxException e) {
            throw new NativeLibrariesException(
                    "cannot extract libtorch: " + e + "; -D" + CACHE_PROPERTY
                            + " must name a writable folder with 300 MB free",
                    e);
        }
    }

    private static Path cache(@Nullable Path cacheDir) {
        if (cacheDir != null) {
            return cacheDir;
        }
        String property = System.getProperty(CACHE_PROPERTY, "");
        return property.isEmpty()
                ? Path.of(System.getProperty("user.home", ""), ".javacpp", "cache")
                : Path.of(property);
    }

    private static void extract(JarFile jar, String folder, Path target, ProgressListener listener) throws IOException {
        List<JarEntry> entries = new ArrayList<>();
        long totalBytes = 0;
        for (JarEntry entry : Collections.list(jar.entries())) {
            String name = entry.getName();
            boolean wanted =
                    name.startsWith(folder) && name.toLowerCase(Locale.ROOT).contains(".so");
            if (wanted && name.indexOf('/', folder.length()) < 0) {
                entries.add(entry);
                totalBytes += entry.getSize();
            }
        }
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            JarEntry entry = entries.get(i);
            String name = entry.getName().substring(folder.length());
            Path file = target.resolve(name);
            if (!Files.exists(file) || Files.size(file) != entry.getSize()) {
                // Under another name first: a start that is interrupted leaves no half of a library.
                Path part = Files.createTempFile(target, name, ".part");
                try (InputStream in = jar.getInputStream(entry)) {
                    Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
                }
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            bytes += entry.getSize();
            listener.extracted(new ProgressListener.Progress(name, i + 1, entries.size(), bytes, totalBytes));
        }
    }
}
