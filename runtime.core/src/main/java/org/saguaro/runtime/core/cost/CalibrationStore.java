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
import org.saguaro.runtime.core.TransferStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps measurements in a JSON file across restarts. A damaged file costs the calibration, never the start. */
public final class CalibrationStore {

    private static final Logger LOG = LoggerFactory.getLogger(CalibrationStore.class);
    private static final int VERSION = 2;

    /** Had kernels only, as they are now. */
    private static final int VERSION_WITHOUT_TRANSFERS = 1;

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

    /**
     * What was measured.
     *
     * @param kernels execution times
     * @param transfers times of copies
     */
    public record Calibration(List<Entry> kernels, List<TransferStatus> transfers) {

        /** Nothing. */
        public static final Calibration NONE = new Calibration(List.of(), List.of());
    }

    private record Contents(int version, List<Entry> kernels, List<TransferStatus> transfers) {}

    public CalibrationStore(Path file) {
        this.file = file;
    }

    /** What was saved; nothing if nothing was, or it cannot be read (a file of another version or a damaged one is kept aside). */
    public Calibration load() {
        if (!Files.exists(file)) {
            return Calibration.NONE;
        }
        try {
            JsonNode tree = json.readTree(file.toFile());
            JsonNode version = tree.path("version");
            if (!version.isInt()) {
                keepAside(".damaged", "it has no version");
                return Calibration.NONE;
            }
            if (version.intValue() != VERSION && version.intValue() != VERSION_WITHOUT_TRANSFERS) {
                keepAside(".version" + version, "found version " + version + ", expected " + VERSION);
                return Calibration.NONE;
            }
            return checked(json.treeToValue(tree, Contents.class));
        } catch (JsonProcessingException e) {
            keepAside(".damaged", e.getOriginalMessage());
            return Calibration.NONE;
        } catch (IOException e) {
            LOG.warn("{}: cannot be read; starting uncalibrated", file, e);
            return Calibration.NONE;
        }
    }

    private Calibration checked(Contents contents) {
        List<Entry> kernels = contents.kernels();
        List<TransferStatus> transfers = contents.transfers() == null ? List.of() : contents.transfers();
        if (kernels == null
                || !kernels.stream().allMatch(CalibrationStore::isSound)
                || !transfers.stream().allMatch(CalibrationStore::isSound)) {
            keepAside(".damaged", "an entry lacks a name, or has figures that no measurement gives");
            return Calibration.NONE;
        }
        return new Calibration(kernels, transfers);
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

    private static boolean isSound(@Nullable TransferStatus transfer) {
        return transfer != null
                && transfer.from() != null
                && transfer.to() != null
                && transfer.startNanos() >= 0
                && Double.isFinite(transfer.startNanos())
                && transfer.nanosPerByte() >= 0
                && Double.isFinite(transfer.nanosPerByte())
                && transfer.count() > 0;
    }

    private void keepAside(String suffix, String reason) {
        Path aside = file.resolveSibling(file.getFileName() + suffix);
        LOG.warn("{}: not readable ({}); kept as {}, starting uncalibrated", file, reason, aside);
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{}: cannot be moved aside", file, e);
        }
    }

    /** Replaces what was saved, all or nothing. */
    public void save(Calibration calibration) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Path next = file.resolveSibling(file.getFileName() + ".next");
            json.writerWithDefaultPrettyPrinter()
                    .writeValue(next.toFile(), new Contents(VERSION, calibration.kernels(), calibration.transfers()));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{}: the calibration could not be saved", file, e);
        }
    }
}
