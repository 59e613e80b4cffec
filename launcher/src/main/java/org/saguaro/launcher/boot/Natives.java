// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.saguaro.lib.pytorch.LibtorchFolder;
import org.saguaro.lib.pytorch.NativeLibrariesException;
import org.saguaro.lib.pytorch.ProgressListener.Progress;

/** Brings libtorch in place beside the framework's start, and shows what is going on when that takes seconds. */
final class Natives {

    /** {@code libtorch="/folder"} as in Felix's files, or {@code libtorch=/folder}. */
    private static final Pattern LIBTORCH = Pattern.compile("^\\s*libtorch\\s*=\\s*T?\"?([^\"]+?)\"?\\s*$");

    private static final List<String> CONFIGURATIONS =
            List.of("org.saguaro.accel.cpu.config", "org.saguaro.accel.cpu.cfg");

    private final Home home;
    private final PrintStream err;
    private final boolean terminal;
    private boolean shown;

    private Natives(Home home, PrintStream err, boolean terminal) {
        this.home = home;
        this.err = err;
        this.terminal = terminal;
    }

    /**
     * Starts loading on a thread of its own. Whoever needs libtorch waits for it by loading it again; if it cannot be loaded, this says so and
     * Saguaro runs without CPU processing elements.
     *
     * @param terminal whether {@code err} is one, so that a line may be written over
     */
    static void loadInBackground(Home home, PrintStream err, boolean terminal) {
        Thread thread = new Thread(new Natives(home, err, terminal)::load, "load-libtorch");
        thread.setDaemon(true);
        thread.start();
    }

    private void load() {
        Path cache = home.state().resolve("natives");
        boolean first = !Files.exists(cache);
        try {
            // What accel.cpu will find in its configuration: two libtorches cannot be in one process.
            String configured = configuredFolder(home.configuration());
            if (configured != null) {
                System.setProperty(LibtorchFolder.PROPERTY, configured);
            }
            LibtorchFolder.prepare(cache, progress -> {
                if (first) {
                    show(progress);
                }
            });
        } catch (NativeLibrariesException e) {
            err.println("saguaro: no CPU processing elements: " + e.getMessage());
        } catch (IOException e) {
            err.println(
                    "saguaro: no CPU processing elements: cannot read what is in " + home.configuration() + ": " + e);
        } finally {
            if (shown && terminal) {
                err.print("\r\u001b[K");
                err.flush();
            }
        }
    }

    /** The folder of libtorch that accel.cpu's configuration names; null if it names none. */
    static @Nullable String configuredFolder(Path configuration) throws IOException {
        for (String name : CONFIGURATIONS) {
            Path file = configuration.resolve(name);
            if (Files.isRegularFile(file)) {
                for (String line : Files.readAllLines(file)) {
                    Matcher matcher = LIBTORCH.matcher(line);
                    if (matcher.matches()) {
                        return matcher.group(1);
                    }
                }
            }
        }
        return null;
    }

    private void show(Progress progress) {
        if (!terminal) {
            if (!shown) {
                err.println("first start: extracting libtorch (" + megabytes(progress.totalBytes()) + ") ...");
            }
            shown = true;
            return;
        }
        shown = true;
        err.print(String.format(
                Locale.ROOT,
                "\rfirst start: extracting libtorch, %d of %s ...",
                progress.bytes() >> 20,
                megabytes(progress.totalBytes())));
        err.flush();
    }

    private static String megabytes(long bytes) {
        return (bytes >> 20) + " MB";
    }
}
