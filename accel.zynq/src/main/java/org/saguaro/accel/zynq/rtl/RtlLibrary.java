// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;

/**
 * Builds libsaguaro_rtl out of the sources in this bundle, with the machine's Verilator, C++ compiler and make, and keeps it in a folder under a name that
 * changes with all of these. Processes that want it at the same time build it once. Thread-safe.
 */
public final class RtlLibrary {

    private static final int VERILATOR_MAJOR = 5;
    private static final int VERILATOR_MINOR = 6;
    private static final long BUILD_MINUTES = 20;
    private static final long LOOK_MILLIS = 200;
    private static final int LAST_LINES = 12;
    private static final String INSTALL =
            "install them (Debian, Ubuntu: apt-get install verilator g++ make), or set 'library' to a"
                    + " libsaguaro_rtl.so that was built elsewhere with 'make shim' in accel.zynq/rtl";
    private static final Pattern STAGE = Pattern.compile("--Mdir \\S*/lib_(\\w+)");
    private static final Object IN_THIS_PROCESS = new Object();

    private final Path folder;
    private final Consumer<String> progress;

    /**
     * @param folder where libraries are kept; it may be deleted at any time
     * @param progress is told what takes its time, in lines for people
     */
    public RtlLibrary(Path folder, Consumer<String> progress) {
        this.folder = folder.toAbsolutePath().normalize();
        this.progress = progress;
    }

    /** Why this machine cannot build the library, and what to do; null if it can. Runs the tools, so it takes some milliseconds. */
    public static @Nullable String whyNot() {
        for (String tool : List.of("verilator", "g++", "make")) {
            String version = version(tool);
            if (version == null) {
                return "the simulation of the FPGA's engines is built with verilator, g++ and make, and there is no "
                        + tool + " on the PATH; " + INSTALL;
            }
            if (tool.equals("verilator")) {
                Matcher number = Pattern.compile("Verilator (\\d+)\\.(\\d+)").matcher(version);
                if (!number.find()
                        || Integer.parseInt(number.group(1)) * 1000 + Integer.parseInt(number.group(2))
                                < VERILATOR_MAJOR * 1000 + VERILATOR_MINOR) {
                    return String.format(
                            "found '%s', expected Verilator %d.%03d or later; %s",
                            version, VERILATOR_MAJOR, VERILATOR_MINOR, INSTALL);
                }
            }
        }
        return null;
    }

    /**
     * The library, built now if it is not there; that takes about a minute.
     *
     * @return its absolute path
     * @throws DeviceException if it cannot be built; the message says what to install, or the compiler's last lines
     */
    public Path get() throws DeviceException {
        String why = whyNot();
        if (why != null) {
            throw new DeviceException("rtl: " + why);
        }
        Path library = folder.resolve("libsaguaro_rtl-" + fingerprint() + ".so");
        if (Files.isRegularFile(library)) {
            return library;
        }
        synchronized (IN_THIS_PROCESS) {
            try {
                Files.createDirectories(folder);
                try (FileChannel channel = FileChannel.open(
                                folder.resolve("build.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock lock = lock(channel)) {
                    if (lock.isValid() && !Files.isRegularFile(library)) {
                        build(library);
                    }
                }
            } catch (IOException e) {
                throw new DeviceException("rtl: the simulation cannot be built in " + folder + ": " + e, e);
            }
        }
        return library;
    }

    private FileLock lock(FileChannel channel) throws IOException {
        FileLock lock = channel.tryLock();
        if (lock == null) {
            progress.accept("another process is building the simulation of the FPGA's engines: waiting for it");
            lock = channel.lock();
        }
        return lock;
    }

    private void build(Path library) throws IOException, DeviceException {
        long begin = System.nanoTime();
        progress.accept("building the simulation of the FPGA's engines, once; about a minute");
        // make cannot cope with spaces in paths.
        Path work = folder.toString().chars().anyMatch(Character::isWhitespace)
                ? Files.createTempDirectory("saguaro-rtl")
                : Files.createTempDirectory(folder, "build");
        try {
            RtlSources.extract(work.resolve("rtl"));
            Path log = work.resolve("build.log");
            int jobs = Math.min(2, Runtime.getRuntime().availableProcessors());
            Process make = new ProcessBuilder("make", "-j" + jobs, "shim", "BUILD=" + work.resolve("out"))
                    .directory(work.resolve("rtl").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (await(make, log) != 0) {
                List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
                throw new DeviceException("rtl: building the simulation failed:\n"
                        + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())));
            }
            Path copy = folder.resolve(library.getFileName() + ".part");
            Files.copy(work.resolve("out/libsaguaro_rtl.so"), copy, StandardCopyOption.REPLACE_EXISTING);
            Files.move(copy, library, StandardCopyOption.ATOMIC_MOVE);
            progress.accept(
                    "built " + library + " in " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin) + " s");
        } finally {
            delete(work);
        }
    }

    private int await(Process make, Path log) throws IOException, DeviceException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(BUILD_MINUTES);
        int told = 0;
        try {
            while (!make.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                List<String> stages = STAGE.matcher(Files.readString(log, StandardCharsets.ISO_8859_1))
                        .results()
                        .map(stage -> stage.group(1))
                        .distinct()
                        .toList();
                for (; told < stages.size(); told++) {
                    progress.accept("translating and compiling " + stages.get(told));
                }
                if (System.nanoTime() > deadline) {
                    end(make);
                    throw new DeviceException(
                            "rtl: building the simulation took more than " + BUILD_MINUTES + " minutes");
                }
            }
            return make.exitValue();
        } catch (InterruptedException e) {
            end(make);
            Thread.currentThread().interrupt();
            throw new DeviceException("rtl: building the simulation was interrupted", e);
        }
    }

    private static void end(Process make) {
        make.descendants().forEach(ProcessHandle::destroy);
        make.destroy();
    }

    private static String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            RtlSources.digest(digest);
            for (String tool : List.of("verilator", "g++")) {
                digest.update(String.valueOf(version(tool)).getBytes(StandardCharsets.UTF_8));
            }
            digest.update(System.getProperty("os.arch", "").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The first line that a tool prints about itself; null if there is no such tool. */
    private static @Nullable String version(String tool) {
        try {
            Process process = new ProcessBuilder(tool, "--version")
                    .redirectErrorStream(true)
                    .start();
            try (InputStream output = process.getInputStream()) {
                String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
                return process.waitFor() == 0 ? text.lines().findFirst().orElse("") : null;
            }
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
