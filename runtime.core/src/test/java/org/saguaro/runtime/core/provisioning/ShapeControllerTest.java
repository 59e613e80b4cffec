// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.runtime.core.provisioning.ShapeController.Change;
import org.saguaro.runtime.core.provisioning.ShapeController.Observation;
import org.saguaro.runtime.core.provisioning.ShapeController.Width;

/** The controller on loads that are made up; time is a number. */
class ShapeControllerTest {

    private static final int CORES = 2;
    private static final double GAIN = 1.8;

    /** What happened, and when. */
    private record Moment(long millis, Change change) {}

    /** A group that does what the controller says at once. */
    private static final class Trace {
        final ShapeController controller = new ShapeController(ProvisioningSettings.DEFAULT);
        final List<Moment> changes = new ArrayList<>();
        Width active = Width.NARROW;
        double gain = GAIN;
        long taskNanos;
        boolean changeable = true;
        boolean narrowMeasured = true;
        long millis;

        /** One look each millisecond, for so long; {@code tasks} by milliseconds from now. */
        Trace run(long duration, IntUnaryOperator tasks) {
            for (int i = 0; i < duration; i++, millis++) {
                @Nullable
                Change change = controller.look(new Observation(
                        millis * 1_000_000,
                        tasks.applyAsInt(i),
                        CORES,
                        active,
                        changeable,
                        narrowMeasured,
                        gain,
                        taskNanos));
                if (change != null) {
                    assertThat(change.to()).as("%s", change).isNotEqualTo(active);
                    active = change.to();
                    changes.add(new Moment(millis, change));
                }
            }
            return this;
        }

        Trace run(long duration, int tasks) {
            return run(duration, i -> tasks);
        }
    }

    @Test
    void oneRequestAloneGetsAllCores() {
        Trace trace = new Trace().run(200, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
        assertThat(trace.changes).hasSize(1);
        assertThat(trace.changes.get(0).change().reason())
                .isEqualTo("1.00 tasks at a time, under 1.40; wide is 1.80 times as fast for one");
    }

    @Test
    void anIdleGroupAwaitsOneRequest() {
        assertThat(new Trace().run(200, 0).active).isEqualTo(Width.WIDE);
    }

    @Test
    void manyRequestsGetACoreEachWithinMilliseconds() {
        Trace trace = new Trace().run(500, 0);
        trace.run(200, 8);
        assertThat(trace.active).isEqualTo(Width.NARROW);
        assertThat(trace.changes).hasSize(2);
        assertThat(trace.changes.get(1).millis() - 500)
                .as("milliseconds from the burst to the change")
                .isBetween(0L, 3L);
        assertThat(trace.changes.get(1).change().reason()).contains("over 1.72");
    }

    @Test
    void aSecondRequestForAMomentIsNoBurst() {
        Trace trace = new Trace().run(200, 1);
        trace.run(2_000, i -> i % 50 < 5 ? 2 : 1);
        assertThat(trace.changes).hasSize(1);
        trace.run(100, 2);
        assertThat(trace.active).as("two requests at a time that stay").isEqualTo(Width.NARROW);
    }

    @Test
    void wideTakesOverAgainWhenTheLoadHasGone() {
        Trace trace = new Trace().run(200, 1).run(300, 6).run(300, 1);
        assertThat(trace.changes)
                .extracting(moment -> moment.change().to())
                .containsExactly(Width.WIDE, Width.NARROW, Width.WIDE);
    }

    @Test
    void noTwoChangesComeCloserThanTheDwellTime() {
        Random random = new Random(1);
        Trace trace = new Trace().run(20_000, i -> i / 80 % 2 == 0 ? 4 + random.nextInt(8) : random.nextInt(2));
        long dwell = ProvisioningSettings.DEFAULT.dwell().toMillis();
        assertThat(trace.changes)
                .as("a load that goes up and down all the time")
                .isNotEmpty();
        for (int i = 1; i < trace.changes.size(); i++) {
            assertThat(trace.changes.get(i).millis() - trace.changes.get(i - 1).millis())
                    .isGreaterThanOrEqualTo(dwell);
        }
    }

    @Test
    void aChangeIsWorthSomeTasks() {
        Trace trace = new Trace();
        trace.taskNanos = Duration.ofMillis(100).toNanos();
        trace.run(1_000, 1).run(20, 8).run(1_000, 1);
        for (int i = 1; i < trace.changes.size(); i++) {
            assertThat(trace.changes.get(i).millis() - trace.changes.get(i - 1).millis())
                    .as("four tasks of 100 ms")
                    .isGreaterThanOrEqualTo(400);
        }
        assertThat(trace.active).isEqualTo(Width.WIDE);
    }

    /** Between the bounds everything stays as it is, whichever way it is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void staysAsItIsBetweenTheBounds(int wideBefore) {
        Trace trace = new Trace();
        trace.run(200, wideBefore == 1 ? 1 : 6);
        Width before = trace.active;
        int changes = trace.changes.size();
        // About 1.55 at a time.
        trace.run(3_000, i -> i % 20 < 11 ? 2 : 1);
        assertThat(trace.active).isEqualTo(before);
        assertThat(trace.changes).hasSize(changes);
    }

    @Test
    void aWideShapeThatDoesNotPayIsNotUsedButTriedAgain() {
        Trace trace = new Trace();
        trace.gain = 1.01;
        trace.run(1_000, 1);
        assertThat(trace.changes).isEmpty();
        trace.run(130_000, 1);
        assertThat(trace.changes)
                .as("in two minutes: there and back, twice")
                .extracting(moment -> moment.change().to())
                .containsExactly(Width.WIDE, Width.NARROW, Width.WIDE, Width.NARROW);
        assertThat(trace.changes.get(0).change().reason()).startsWith("tried again after 60 s");
        assertThat(trace.changes.get(1).change().reason()).isEqualTo("wide is only 1.01 times as fast for one");
        assertThat(trace.changes.get(1).millis() - trace.changes.get(0).millis())
                .as("milliseconds of trying")
                .isLessThanOrEqualTo(510);
    }

    @Test
    void aShapeThatPaysWhenTriedAgainStays() {
        Trace trace = new Trace();
        trace.gain = 1.01;
        trace.run(60_100, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
        trace.gain = 1.7;
        trace.run(10_000, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
        assertThat(trace.changes).hasSize(1);
    }

    @Test
    void aGainThatWasNeverMeasuredIsExpected() {
        Trace trace = new Trace();
        trace.gain = 0;
        trace.run(200, 1);
        assertThat(trace.changes.get(0).change().reason()).endsWith("wide is 1.80 times (expected) as fast for one");
        trace.gain = 0.5;
        trace.run(200, 1);
        assertThat(trace.active).as("measured since: it does not pay").isEqualTo(Width.NARROW);
    }

    @Test
    void measuresTheNarrowShapeFirst() {
        Trace trace = new Trace();
        trace.narrowMeasured = false;
        trace.run(500, 1);
        assertThat(trace.changes).isEmpty();
        trace.active = Width.WIDE;
        trace.run(100, 1);
        assertThat(trace.active).as("something new while the cores are wide").isEqualTo(Width.NARROW);
        trace.narrowMeasured = true;
        trace.run(100, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
    }

    @Test
    void aGainBeyondAllCoresIsNotBelieved() {
        Trace trace = new Trace();
        trace.gain = 3;
        trace.run(200, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
        trace.run(200, 8);
        assertThat(trace.active).isEqualTo(Width.NARROW);
    }

    @Test
    void waitsUntilAChangeIsPossible() {
        Trace trace = new Trace();
        trace.changeable = false;
        trace.run(500, 1);
        assertThat(trace.changes).isEmpty();
        trace.changeable = true;
        trace.run(1, 1);
        assertThat(trace.active).isEqualTo(Width.WIDE);
    }

    @Test
    void isSettledWhenTheAverageHasArrived() {
        Trace trace = new Trace().run(300, 3);
        assertThat(trace.controller.isSettled()).isTrue();
        assertThat(trace.controller.concurrency()).isBetween(2.99, 3.01);
        trace.run(1, 1);
        assertThat(trace.controller.isSettled()).isFalse();
    }
}
