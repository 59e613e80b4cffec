// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.profile.ProfileException;
import org.saguaro.experiments.sweep.SweepException;
import org.saguaro.experiments.trace.RunTraceException;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.npy.NpyFormatException;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.RequestException;

/** Tells failures that are the user's business from those that are bugs, and says the former in a line. */
public final class Failures {

    private Failures() {}

    /**
     * What to tell the user.
     *
     * @return null if the failure is a bug and its stack trace matters
     */
    public static @Nullable String describe(Throwable failure) {
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile() + ": no such file";
        }
        if (failure instanceof AccessDeniedException denied) {
            return denied.getFile() + ": permission denied";
        }
        if (failure instanceof NotDirectoryException file) {
            return file.getFile() + ": found a file, expected a folder";
        }
        if (failure instanceof FileSystemException other) {
            return other.getFile() + ": " + (other.getReason() == null ? other.toString() : other.getReason());
        }
        if (failure instanceof java.io.IOException
                || failure instanceof NpyFormatException
                || failure instanceof ModelFormatException
                || failure instanceof DeploymentException
                || failure instanceof RequestException
                || failure instanceof WorkloadException
                || failure instanceof SweepException
                || failure instanceof PoolException
                || failure instanceof ProfileException
                || failure instanceof RunTraceException
                || failure instanceof CommandException) {
            return failure.getMessage() == null ? failure.toString() : failure.getMessage();
        }
        return null;
    }
}
