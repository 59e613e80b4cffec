// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
            JsonNode tree = json.readTree(file.toFile());
            JsonNode version = tree.path("version");
            if (!version.isInt()) {
                keepAside("it has no version");
                return List.of();
            }
            if (version.intValue() != VERSION) {
                LOG.warn("{}: found version {}, expected {}; starting uncalibrated", file, version, VERSION);
                return List.of();
            }
            List<Entry> kernels = json.treeToValue(tree, Contents.class).kernels();
            if (kernels == null || !kernels.stream().allMatch(CalibrationStore::isSound)) {
                keepAside("an entry lacks a name, or has figures that no measurement gives");
                return List.of();
            }
            return kernels;
        } catch (JsonProcessingException e) {
            keepAside(e.getOriginalMessage());
            return List.of();
        } catch (IOException e) {
            LOG.warn("{}: cannot be read; starting uncalibrated", file, e);
            return List.of();
        }
    }

    /** Jackson puts null and 0 where the file says nothing. */
    private static boolean isSound(@Nullable Entry entry) {
        return entry != null
                && entry.kernel() != null
                && entry.peType() != null
                && entry.meanNanos() >= 0
                && Double.isFinite(entry.meanNanos())
                && entry.varianceNanos2() >= 0
                && Double.isFinite(entry.varianceNanos2())
                && entry.count() > 0;
    }

    private void keepAside(String reason) {
        Path aside = file.resolveSibling(file.getFileName() + ".damaged");
        LOG.warn("{}: not readable ({}); kept as {}, starting uncalibrated", file, reason, aside);
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{}: cannot be moved aside", file, e);
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
