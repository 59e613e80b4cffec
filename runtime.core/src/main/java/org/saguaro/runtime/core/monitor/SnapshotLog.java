// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.saguaro.runtime.core.MonitorSnapshot;

/**
 * Every sample as a line of a file. As {@link Format#CSV} a line is a row of features, all of one moment, for learning offline; the
 * header tells the columns, and when PEs, deployments or sensors come or go, a new file begins with the new header. As
 * {@link Format#JSONL} it is the whole snapshot. Used by the sampling thread only.
 */
public final class SnapshotLog implements Consumer<MonitorSnapshot>, AutoCloseable {

    /** How a sample is written. */
    public enum Format {
        CSV,
        JSONL
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().registerModule(new SimpleModule().addSerializer(double.class, new FiniteNumbers()));

    private final Format format;
    private final Supplier<List<String>> sensorChannels;
    private final RotatingFile file;
    private String header = "";

    /**
     * @param largestBytes of one file
     * @param kept how many older files stay
     * @param sensorChannels the sensors there are, readable now or not, so that a silent one keeps its column
     */
    public SnapshotLog(Path path, Format format, long largestBytes, int kept, Supplier<List<String>> sensorChannels) {
        this.format = format;
        this.sensorChannels = sensorChannels;
        this.file = new RotatingFile(path, largestBytes, kept);
    }

    @Override
    public void accept(MonitorSnapshot snapshot) {
        switch (format) {
            case CSV -> {
                FeatureRow row = FeatureRow.of(snapshot, sensorChannels.get());
                if (!row.header().equals(header)) {
                    header = row.header();
                    file.beginNew();
                }
                file.line(row.values(), header);
            }
            case JSONL -> file.line(json(snapshot), null);
        }
    }

    private static String json(MonitorSnapshot snapshot) {
        try {
            return JSON.writeValueAsString(snapshot);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a snapshot cannot be written as JSON", e);
        }
    }

    @Override
    public void close() {
        file.close();
    }

    /** JSON has no NaN: what is not known is null. */
    private static final class FiniteNumbers extends JsonSerializer<Double> {
        @Override
        public void serialize(Double value, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (Double.isFinite(value)) {
                out.writeNumber(value);
            } else {
                out.writeNull();
            }
        }
    }
}
