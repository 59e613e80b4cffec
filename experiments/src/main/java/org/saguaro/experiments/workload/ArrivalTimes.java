// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.util.SplittableRandom;

/** The times of one stream's requests, made as they are asked for. Used by one thread. */
interface ArrivalTimes {

    /** There are no more. */
    long NEVER = Long.MAX_VALUE;

    /** Nanoseconds from the beginning, in order; {@link #NEVER} after the last one. */
    long next();

    /**
     * The times of a process.
     *
     * @param perSecond requests per second in the mean; positive where the process has a rate
     * @param speed how much faster what is recorded goes
     */
    static ArrivalTimes of(ArrivalProcess process, double perSecond, double speed, SplittableRandom random) {
        if (process instanceof ArrivalProcess.Periodic periodic) {
            return new Periodic(1e9 / perSecond, periodic.jitter(), random);
        } else if (process instanceof ArrivalProcess.Poisson) {
            return new Poisson(1e9 / perSecond, random);
        } else if (process instanceof ArrivalProcess.Bursty bursty) {
            return new Bursty(perSecond, bursty.burstMillis() * 1e6, bursty.gapMillis() * 1e6, random);
        } else if (process instanceof ArrivalProcess.Recorded recorded) {
            return new Recorded(recorded, speed);
        }
        return () -> 0;
    }

    private static double exponential(SplittableRandom random, double mean) {
        return -Math.log(1 - random.nextDouble()) * mean;
    }

    /** Late by a part of the period, so that the next one is never before. */
    final class Periodic implements ArrivalTimes {
        private final double periodNanos;
        private final double jitter;
        private final SplittableRandom random;
        private long count;

        Periodic(double periodNanos, double jitter, SplittableRandom random) {
            this.periodNanos = periodNanos;
            this.jitter = jitter;
            this.random = random;
        }

        @Override
        public long next() {
            double late = jitter > 0 ? jitter * random.nextDouble() : 0;
            return (long) ((count++ + late) * periodNanos);
        }
    }

    /** Exponential times between. */
    final class Poisson implements ArrivalTimes {
        private final double meanNanos;
        private final SplittableRandom random;
        private double at;

        Poisson(double meanNanos, SplittableRandom random) {
            this.meanNanos = meanNanos;
            this.random = random;
        }

        @Override
        public long next() {
            at += exponential(random, meanNanos);
            return (long) at;
        }
    }

    /** A Poisson process within exponential bursts; memory of where it was in a gap is not needed, because neither has any. */
    final class Bursty implements ArrivalTimes {
        private final double betweenNanos;
        private final double burstNanos;
        private final double gapNanos;
        private final SplittableRandom random;
        private double at;
        private double burstEnd;

        Bursty(double perSecond, double burstNanos, double gapNanos, SplittableRandom random) {
            double on = burstNanos / (burstNanos + gapNanos);
            this.betweenNanos = 1e9 / perSecond * on;
            this.burstNanos = burstNanos;
            this.gapNanos = gapNanos;
            this.random = random;
            // As if it had gone on for ever: the mean is right from the first moment.
            at = random.nextDouble() < on ? 0 : exponential(random, gapNanos);
            burstEnd = at + exponential(random, burstNanos);
        }

        @Override
        public long next() {
            double candidate = at + exponential(random, betweenNanos);
            while (candidate > burstEnd) {
                at = burstEnd + exponential(random, gapNanos);
                burstEnd = at + exponential(random, burstNanos);
                candidate = at + exponential(random, betweenNanos);
            }
            at = candidate;
            return (long) at;
        }
    }

    /** One after the other. */
    final class Recorded implements ArrivalTimes {
        private final ArrivalProcess.Recorded recorded;
        private final double speed;
        private int position;

        Recorded(ArrivalProcess.Recorded recorded, double speed) {
            this.recorded = recorded;
            this.speed = speed;
        }

        @Override
        public long next() {
            return position == recorded.nanos().size()
                    ? NEVER
                    : (long) (recorded.nanos().get(position++) / speed);
        }
    }
}
