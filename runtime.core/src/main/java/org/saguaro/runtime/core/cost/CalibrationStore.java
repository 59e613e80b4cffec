// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps measurements in a JSON file across restarts. A damaged file costs the calibration, never the start. */
public final class CalibrationStore {

    private static final Logger LOG = LoggerFactory.getLogger(CalibrationStore.class);
    private static final int VERSION = 1;

    private final Path file;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * One measured kernel.
     *
     * @param kernel its signature
     * @param peType type of PE
     * @param meanNanos running mean
     * @param varianceNanos2 running variance
     * @param count executions measured
     */
    public record Entry(String kernel, String peType, double meanNanos, double varianceNanos2, long count) {}

    private record Contents(int version, List<Entry> kernels) {}

    public CalibrationStore(Path file) {
        this.file = file;
    }

    /** What was saved; empty if nothing was, or it cannot be read (the damaged file is kept aside). */
    public List<Entry> load() {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            Contents contents = json.readValue(file.toFile(), Contents.class);
            if (contents.version() != VERSION || contents.kernels() == null) {
                LOG.warn("{}: found version {}, expected {}; starting uncalibrated", file, contents.version(), VERSION);
                return List.of();
            }
            return contents.kernels();
        } catch (JsonProcessingException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".damaged");
            LOG.warn("{}: not readable ({}); kept as {}, starting uncalibrated", file, e.getOriginalMessage(), aside);
            try {
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException moveFailure) {
                LOG.warn("{}: cannot be moved aside", file, moveFailure);
            }
            return List.of();
        } catch (IOException e) {
            LOG.warn("{}: cannot be read; starting uncalibrated", file, e);
            return List.of();
        }
    }

    /** Replaces what was saved, all or nothing. */
    public void save(List<Entry> kernels) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Path next = file.resolveSibling(file.getFileName() + ".next");
            json.writerWithDefaultPrettyPrinter().writeValue(next.toFile(), new Contents(VERSION, kernels));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{}: the calibration could not be saved", file, e);
        }
    }
}
