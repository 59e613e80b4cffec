// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.monitor;

import java.util.Arrays;
import java.util.function.Consumer;
import org.saguaro.bench.Sample;

/** The same work with something on and off in turn: on, off, off, on, so that a drift of the machine cancels out. */
final class PairedSlices {

    private static final int REQUESTS_BEFORE_SLICE = 4;

    private final RequestStream stream;
    private final Consumer<Boolean> toggle;
    private int requests = 1;

    /**
     * What was measured.
     *
     * @param ratios throughput on over throughput off, of each quadruple of slices
     * @param requestsPerSecond while it was off, mean
     */
    record Result(Sample ratios, int quadruples, double requestsPerSecond) {}

    PairedSlices(RequestStream stream, Consumer<Boolean> toggle) {
        this.stream = stream;
        this.toggle = toggle;
    }

    /** Lets both ways be compiled and finds how many requests a slice takes. */
    void warmUp(double seconds, double sliceMillis) throws Exception {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        boolean on = true;
        while (System.nanoTime() - end < 0) {
            long nanos = slice(on);
            requests = (int) Math.max(1, Math.min(2L * requests, (long) (requests * sliceMillis * 1e6 / nanos)));
            on = !on;
        }
    }

    Result measure(double seconds) throws Exception {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        double[] ratios = new double[64];
        int count = 0;
        long offNanos = 0;
        while (count == 0 || System.nanoTime() - end < 0) {
            // Each order in turn, so that being first is no one's privilege.
            boolean first = count % 2 == 0;
            long outer = slice(first);
            long inner = slice(!first);
            inner += slice(!first);
            outer += slice(first);
            long on = first ? outer : inner;
            long off = first ? inner : outer;
            if (count == ratios.length) {
                ratios = Arrays.copyOf(ratios, 2 * count);
            }
            ratios[count++] = (double) off / on;
            offNanos += off;
        }
        return new Result(new Sample(Arrays.copyOf(ratios, count)), count, 2e9 * requests * count / offNanos);
    }

    private long slice(boolean on) throws Exception {
        toggle.accept(on);
        stream.nanosFor(REQUESTS_BEFORE_SLICE);
        return stream.nanosFor(requests);
    }
}
