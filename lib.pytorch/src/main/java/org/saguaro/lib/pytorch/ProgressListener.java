// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import org.osgi.annotation.versioning.ConsumerType;

/** Told how the extraction of the natives gets on. Called on the thread that loads them, after every file. */
@FunctionalInterface
@ConsumerType
public interface ProgressListener {

    /** Listens to nothing. */
    ProgressListener SILENT = progress -> {};

    /** One more file is in place. */
    void extracted(Progress progress);

    /**
     * How far it is.
     *
     * @param file the library that is in place now, for instance {@code libtorch_cpu.so}
     * @param files libraries in place
     * @param totalFiles libraries there will be
     * @param bytes bytes in place
     * @param totalBytes bytes there will be
     */
    record Progress(String file, int files, int totalFiles, long bytes, long totalBytes) {}
}
