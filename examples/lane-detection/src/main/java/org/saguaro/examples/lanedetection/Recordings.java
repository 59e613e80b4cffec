// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.zip.GZIPInputStream;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** What reference.py made: roads, where their lanes were drawn, and what scipy found in them. Immutable. */
final class Recordings {

    private static final int SAMPLES = 5;
    private static final int PICTURE_BYTES = Picture.ROWS * Picture.COLUMNS * Picture.CHANNELS;
    private static final int PROFILES = Picture.ROWS + Picture.COLUMNS;

    private final List<Road> roads = new ArrayList<>();

    Recordings() {
        byte[] pictures = unpacked("roads.bin.gz");
        checkLength("roads.bin.gz, unpacked,", pictures, SAMPLES * PICTURE_BYTES);
        byte[] sums = bytes("profiles.bin");
        checkLength("profiles.bin", sums, SAMPLES * PROFILES * Float.BYTES);
        ByteBuffer floats = ByteBuffer.wrap(sums).order(ByteOrder.LITTLE_ENDIAN);
        Properties lanes = properties("lanes.properties");
        for (int sample = 0; sample < SAMPLES; sample++) {
            Picture picture =
                    new Picture(Arrays.copyOfRange(pictures, sample * PICTURE_BYTES, (sample + 1) * PICTURE_BYTES));
            double[] profiles = new double[PROFILES];
            for (int i = 0; i < PROFILES; i++) {
                profiles[i] = floats.getFloat();
            }
            roads.add(new Road(
                    lanes.getProperty(sample + ".name"),
                    picture,
                    profiles,
                    columns(lanes, sample, "drawn"),
                    columns(lanes, sample, "found")));
        }
    }

    private static double[] columns(Properties lanes, int sample, String which) {
        return List.of("left.near", "left.far", "right.near", "right.far").stream()
                .mapToDouble(place -> Double.parseDouble(lanes.getProperty(sample + "." + place + "." + which)))
                .toArray();
    }

    int size() {
        return roads.size();
    }

    Road road(int sample) {
        return roads.get(sample);
    }

    /** One road, and how to tell whether its lane was found. */
    static final class Road {

        /** Columns between the straight line that is found and the edge that was drawn, which may be bent. */
        private static final double TOLERATED_DRAWN = 5;
        /** Columns between lines found by us and by scipy: single edges may be just below the threshold. */
        private static final double TOLERATED_FOUND = 0.5;
        /** Of the largest sum: transforms in float32 against convolutions in float64. */
        private static final double TOLERATED_ERROR = 1e-5;

        private final String name;
        private final Picture picture;
        private final double[] profiles;
        private final double[] drawn;
        private final double[] found;

        private Road(String name, Picture picture, double[] profiles, double[] drawn, double[] found) {
            this.name = name;
            this.picture = picture;
            this.profiles = profiles;
            this.drawn = drawn;
            this.found = found;
        }

        String name() {
            return name;
        }

        Picture picture() {
            return picture;
        }

        /** Checks in three ways: lines are where they were drawn, where scipy finds them, and gradients are scipy's. */
        Outcome outcome(Lane lane, Gradients gradients) {
            double error = error(gradients.profiles());
            boolean right = lane.distance(drawn) <= TOLERATED_DRAWN
                    && lane.distance(found) <= TOLERATED_FOUND
                    && error <= TOLERATED_ERROR;
            return new Outcome(
                    String.format(Locale.ROOT, "%s, gradients within %.1g", lane, error),
                    String.format(
                            Locale.ROOT,
                            "lane from column %.1f to %.1f (%s; drawn from %.1f to %.1f), within %.1g",
                            found[0],
                            found[2],
                            name,
                            drawn[0],
                            drawn[2],
                            TOLERATED_ERROR),
                    right);
        }

        private double error(double[] sums) {
            double difference = 0;
            double largest = 0;
            for (int i = 0; i < profiles.length; i++) {
                difference = Math.max(difference, Math.abs(sums[i] - profiles[i]));
                largest = Math.max(largest, profiles[i]);
            }
            return difference / largest;
        }
    }

    private static void checkLength(String name, byte[] bytes, int expected) {
        if (bytes.length != expected) {
            throw new IllegalStateException(name + " in the bundle of lane-detection: expected " + expected
                    + " bytes, found " + bytes.length + ": make it again by reference.py");
        }
    }

    private static Properties properties(String name) {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(bytes(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of lane-detection cannot be read", e);
        }
        return properties;
    }

    private static byte[] unpacked(String name) {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes(name)))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of lane-detection cannot be unpacked", e);
        }
    }

    private static byte[] bytes(String name) {
        try (InputStream in = Recordings.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(
                        name + " is missing in the bundle of lane-detection: make it by reference.py");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of lane-detection cannot be read", e);
        }
    }
}
