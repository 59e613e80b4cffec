// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** Everything but the transforms, which run in the tests inside the framework: gradients are convolutions in space here. */
final class LaneTest {

    private static final double[] BELL = SeparableFilter.BELL;

    private final Recordings recordings = new Recordings();

    @Test
    void findsTheLanesThatTheReferenceFinds() {
        for (int sample = 0; sample < recordings.size(); sample++) {
            Recordings.Road road = recordings.road(sample);
            Gradients gradients = gradients(road.picture());

            Outcome outcome = road.outcome(lane(gradients), gradients);

            assertThat(outcome.right()).as("%s: %s", road.name(), outcome).isTrue();
        }
    }

    @Test
    void tellsOneRoadFromAnother() {
        Gradients gradients = gradients(recordings.road(0).picture());

        Outcome outcome = recordings.road(1).outcome(lane(gradients), gradients);

        assertThat(outcome.right()).as("%s", outcome).isFalse();
    }

    @Test
    void tellsWrongGradientsThoughTheLaneIsRight() {
        Recordings.Road road = recordings.road(0);
        float[] grey = road.picture().grey();
        grey[5 * Picture.COLUMNS + 7] += 100;
        Gradients gradients = gradients(grey);

        Outcome outcome = road.outcome(lane(gradients(road.picture())), gradients);

        assertThat(outcome.right()).as("%s", outcome).isFalse();
    }

    @Test
    void saysWhereThereIsNoLane() {
        Gradients nothing = gradients(new float[Picture.ROWS * Picture.COLUMNS]);

        Lane lane = lane(nothing);

        assertThat(lane).hasToString("lane from column (not found) to (not found)");
        assertThat(recordings.road(0).outcome(lane, nothing).right()).isFalse();
    }

    @Test
    void takesWhatIsNoNumberForWrong() {
        float[] grey = recordings.road(0).picture().grey();
        grey[0] = Float.NaN;
        Gradients gradients = gradients(grey);

        assertThat(recordings.road(0).outcome(lane(gradients), gradients).right())
                .isFalse();
    }

    /** One line from (50, 120) to (110, 60), row after row one column to the left, bright on its left side. */
    @Test
    void findsALineToAFractionOfAPixel() {
        float[] grey = new float[Picture.ROWS * Picture.COLUMNS];
        for (int row = 0; row < Picture.ROWS; row++) {
            for (int column = 0; column < Math.min(Picture.COLUMNS, 170 - row); column++) {
                grey[row * Picture.COLUMNS + column] = 200;
            }
        }

        Optional<LaneLine> line = LaneLine.find(new Edges(gradients(grey)), LaneLine.Side.LEFT);

        assertThat(line).isPresent();
        assertThat(line.get().columnsPerRow()).isCloseTo(-1, within(0.01));
        // Between the last bright pixel and the first dark one.
        assertThat(line.get().at(100)).isCloseTo(69.5, within(0.1));
        assertThat(LaneLine.find(new Edges(gradients(grey)), LaneLine.Side.RIGHT))
                .isEmpty();
    }

    @Test
    void weighsColoursAsEyesDo() {
        byte[] samples = new byte[Picture.ROWS * Picture.COLUMNS * Picture.CHANNELS];
        samples[0] = (byte) 255;
        samples[4] = (byte) 255;
        samples[8] = (byte) 255;

        float[] grey = new Picture(samples).grey();

        assertThat(grey).startsWith(76.245f, 149.685f, 29.07f, 0);
    }

    private static Lane lane(Gradients gradients) {
        Edges edges = new Edges(gradients);
        return new Lane(LaneLine.find(edges, LaneLine.Side.LEFT), LaneLine.find(edges, LaneLine.Side.RIGHT));
    }

    private static Gradients gradients(Picture picture) {
        return gradients(picture.grey());
    }

    private static Gradients gradients(float[] grey) {
        float[] blurred = convolved(grey, BELL, BELL);
        return new Gradients(
                convolved(blurred, SeparableFilter.SLOPE, SeparableFilter.TRIANGLE),
                convolved(blurred, SeparableFilter.TRIANGLE, SeparableFilter.SLOPE));
    }

    /** Of a picture repeated on all sides. */
    private static float[] convolved(float[] grey, double[] acrossColumns, double[] acrossRows) {
        float[] result = new float[grey.length];
        for (int row = 0; row < Picture.ROWS; row++) {
            for (int column = 0; column < Picture.COLUMNS; column++) {
                double sum = 0;
                for (int i = 0; i < acrossRows.length; i++) {
                    int y = Math.floorMod(row - i + acrossRows.length / 2, Picture.ROWS);
                    for (int j = 0; j < acrossColumns.length; j++) {
                        int x = Math.floorMod(column - j + acrossColumns.length / 2, Picture.COLUMNS);
                        sum += acrossRows[i] * acrossColumns[j] * grey[y * Picture.COLUMNS + x];
                    }
                }
                result[row * Picture.COLUMNS + column] = (float) sum;
            }
        }
        return result;
    }
}
