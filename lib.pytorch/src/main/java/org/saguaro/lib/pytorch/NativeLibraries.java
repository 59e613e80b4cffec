// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Loads libtorch. Call {@link #load} before anything else touches {@code org.bytedeco}; a second call does nothing.
 *
 * <p>Why there is more to it than {@code System.loadLibrary}:
 *
 * <ol>
 *   <li>All natives of all three modules are extracted before the first is loaded. Loaded one by one, {@code libtorch.so}
 *       comes up before its neighbours exist, and the dynamic linker takes a system libtorch or crashes.
 *   <li>OpenBLAS keeps to one thread: its workers spin against libgomp's and cost a factor of twenty.
 *   <li>JavaCPP's limits on physical memory are off: they count the whole process and mistake a large model for a leak.
 *   <li>The library is never unloaded. It belongs on the framework's class path, where no bundle operation reaches it.
 * </ol>
 *
 * <p>Thread-safe. The properties that {@code README.md} lists are set here if the command line did not; passing them on the
 * command line is safer, because JavaCPP reads them when its first class is initialised, whoever does that.
 */
public final class NativeLibraries {

    /** Class-path resource that lists the packages to export from the system bundle, one a line. */
    public static final String SYSTEM_PACKAGES_RESOURCE = "META-INF/saguaro/system-packages";

    private static final List<String> MODULES = List.of("javacpp", "openblas", "pytorch");
    private static final Map<String, String> PROPERTIES = Map.of(
            "org.bytedeco.javacpp.maxbytes", "0",
            "org.bytedeco.javacpp.maxphysicalbytes", "0",
            "org.bytedeco.javacpp.nopointergc", "true");
    private static final String CACHE_PROPERTY = "org.bytedeco.javacpp.cachedir";

    private static boolean loaded;

    private NativeLibraries() {}

    /**
     * Extracts (on the first start, seconds) and loads libtorch.
     *
     * @param cacheDir where the natives are extracted to; null for {@code -Dorg.bytedeco.javacpp.cachedir}, or JavaCPP's default
     * @param listener hears about the extraction
     * @throws NativeLibrariesException if the platform has no natives, or they cannot be extracted or loaded
     */
    public static synchronized void load(@Nullable Path cacheDir, ProgressListener listener) {
        if (loaded) {
            return;
        }
        setProperties(cacheDir);
        String platform = platform();
        List<URL> libraries = libraries(platform);
        List<Path> extracted = extract(libraries, listener);
        try {
            Loader.load(openblas_nolapack.class);
            openblas_nolapack.blas_set_num_threads(1);
            Loader.load(torch.class);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw new NativeLibrariesException(
                    "libtorch for " + platform + " does not load: " + e.getMessage()
                            + "; it needs glibc 2.28 or later and libstdc++ (see lib.pytorch/README.md)",
                    e);
        }
        rejectForeignLibtorch(extracted);
        loaded = true;
    }

    /** Whether {@link #load} has succeeded. */
    public static synchronized boolean isLoaded() {
        return loaded;
    }

    private static void setProperties(@Nullable Path cacheDir) {
        if (cacheDir != null) {
            System.setProperty(CACHE_PROPERTY, cacheDir.toAbsolutePath().toString());
        }
        PROPERTIES.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }

    /** JavaCPP's name of this platform. Asked here, so that a platform without natives is told before any of them is looked for. */
    private static String platform() {
        String os = System.getProperty("os.name", "");
        String arch = System.getProperty("os.arch", "");
        return platform(os, arch);
    }

    static String platform(String osName, String osArch) {
        String os = osName.toLowerCase(java.util.Locale.ROOT).startsWith("linux")
                ? "linux"
                : osName.toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
        String arch = switch (osArch) {
            case "amd64", "x86_64", "x64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            default -> osArch;
        };
        return os + "-" + arch;
    }

    static List<URL> libraries(String platform) {
        List<URL> libraries = new ArrayList<>();
        for (String module : MODULES) {
            String folder = "org/bytedeco/" + module + "/" + platform + "/";
            try {
                List<URL> roots =
                        Collections.list(NativeLibraries.class.getClassLoader().getResources(folder));
                int before = libraries.size();
                for (URL root : roots) {
                    addLibraries(root, folder, libraries);
                }
                if (libraries.size() == before) {
                    throw new NativeLibrariesException(
                            "no libtorch for " + platform + ": the class path has no natives under " + folder
                                    + "; CPU processing elements run on linux-x86_64 today (see lib.pytorch/README.md)",
                            null);
                }
            } catch (IOException e) {
                throw new NativeLibrariesException("cannot list the natives under " + folder + ": " + e, e);
            }
        }
        return libraries;
    }

    private static void addLibraries(URL root, String folder, List<URL> libraries) throws IOException {
        if (root.openConnection() instanceof JarURLConnection connection) {
            JarFile jar = connection.getJarFile();
            for (JarEntry entry : Collections.list(jar.entries())) {
                String name = entry.getName();
                if (name.startsWith(folder) && isLibrary(name.substring(folder.length()))) {
                    libraries.add(URI.create("jar:" + connection.getJarFileURL() + "!/" + name)
                            .toURL());
                }
            }
        }
    }

    private static boolean isLibrary(String name) {
        return !name.contains("/") && (name.endsWith(".so") || name.contains(".so."));
    }

    private static List<Path> extract(List<URL> libraries, ProgressListener listener) {
        List<Path> extracted = new ArrayList<>();
        try {
            long totalBytes = 0;
            for (URL library : libraries) {
                totalBytes += library.openConnection().getContentLengthLong();
            }
            long bytes = 0;
            for (URL library : libraries) {
                Path file = Loader.cacheResource(library).toPath();
                extracted.add(file);
                bytes += Files.size(file);
                listener.extracted(new ProgressListener.Progress(
                        file.getFileName().toString(), extracted.size(), libraries.size(), bytes, totalBytes));
            }
        } catch (IOException e) {
            throw new NativeLibrariesException(
                    "cannot extract the natives of libtorch: " + e
                            + "; -Dorg.bytedeco.javacpp.cachedir must name a writable folder with 600 MB free",
                    e);
        }
        return extracted;
    }

    /** A libtorch of the system beside or instead of ours would crash later, and far from the cause. */
    private static void rejectForeignLibtorch(List<Path> extracted) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            List<Path> foreign = lines.filter(line -> line.contains("/libtorch"))
                    .map(line -> Path.of(line.substring(line.indexOf('/'))))
                    .distinct()
                    .filter(path -> !extracted.contains(path))
                    .filter(path -> !isSameFile(path, extracted))
                    .toList();
            if (!foreign.isEmpty()) {
                throw new NativeLibrariesException(
                        "another libtorch is in this process: " + foreign
                                + "; remove it from LD_LIBRARY_PATH and java.library.path",
                        null);
            }
        } catch (IOException e) {
            throw new NativeLibrariesException("cannot check which libtorch was loaded: " + e, e);
        }
    }

    private static boolean isSameFile(Path path, List<Path> candidates) {
        return candidates.stream().anyMatch(candidate -> {
            try {
                return Files.isSameFile(candidate, path);
            } catch (IOException e) {
                return false;
            }
        });
    }
}
