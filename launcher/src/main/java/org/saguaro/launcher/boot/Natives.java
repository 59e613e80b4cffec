// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.NativeLibrariesException;
import org.saguaro.lib.pytorch.ProgressListener.Progress;

/** Loads libtorch beside the framework's start, and shows what is going on when that takes seconds. */
final class Natives {

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
            NativeLibraries.load(cache, progress -> {
                if (first) {
                    show(progress);
                }
            });
        } catch (NativeLibrariesException e) {
            err.println("saguaro: no CPU processing elements: " + e.getMessage());
        } finally {
            if (shown && terminal) {
                err.print("\r\u001b[K");
                err.flush();
            }
        }
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
