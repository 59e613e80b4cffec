// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * The requests of a workload in the order of time, of streams that arrive together in the streams' order, made as they are asked for:
 * any number of them needs no memory. Used by one thread.
 */
public final class Schedule {

    private final long endNanos;
    private final ArrivalTimes[] times;
    private final double[] perSecond;
    private final long[] nextNanos;
    private final long[] made;
    private final long[] most;

    private int stream = -1;
    private long nanos;
    private long number;

    /**
     * Begins.
     *
     * @param inputBits bits of input that a request of each stream brings, for rates in Mbps
     * @param scale all rates times that; recorded arrivals go as much faster. What comes at once stays as it is
     * @throws WorkloadException if a rate is in Mbps and the stream's requests have no input
     */
    public Schedule(Workload workload, long[] inputBits, double scale) throws WorkloadException {
        List<Stream> streams = workload.streams();
        endNanos = (long) (workload.durationSeconds() * 1e9);
        times = new ArrivalTimes[streams.size()];
        perSecond = new double[times.length];
        nextNanos = new long[times.length];
        made = new long[times.length];
        most = new long[times.length];
        double shares = streams.stream()
                .mapToDouble(s -> rate(s.arrivals()) instanceof Rate.Share share ? share.share() : 0)
                .sum();
        for (int i = 0; i < times.length; i++) {
            Stream each = streams.get(i);
            perSecond[i] = scale * perSecond(workload, each, inputBits[i], shares);
            times[i] = ArrivalTimes.of(each.arrivals(), perSecond[i], scale, random(workload.seed(), each.name()));
            most[i] = each.instances().orElse(Long.MAX_VALUE);
            advance(i);
        }
    }

    /** Depends on the name and not on the place: a stream is the same whatever others there are. */
    private static SplittableRandom random(long seed, String name) {
        CRC32 hash = new CRC32();
        hash.update(name.getBytes(StandardCharsets.UTF_8));
        return new SplittableRandom(new SplittableRandom(seed).nextLong() ^ (hash.getValue() * 0x9e3779b97f4a7c15L));
    }

    private static double perSecond(Workload workload, Stream stream, long bits, double shares)
            throws WorkloadException {
        Rate rate = rate(stream.arrivals());
        double megabits;
        if (rate instanceof Rate.PerSecond requests) {
            return requests.requests();
        } else if (rate instanceof Rate.Mbps own) {
            megabits = own.megabits();
        } else if (rate instanceof Rate.Share share) {
            megabits = workload.rateMbps().orElse(0) * share.share() / shares;
        } else {
            return 0;
        }
        if (bits <= 0) {
            throw new WorkloadException(workload.origin() + ": stream " + stream.name()
                    + ": found a rate in Mbps, but nobody knows how many bits of input a request has; say perSecond");
        }
        return megabits * 1e6 / bits;
    }

    /** The rate of a process; of one that has none, 0 per second. */
    private static Rate rate(ArrivalProcess process) {
        if (process instanceof ArrivalProcess.Periodic periodic) {
            return periodic.rate();
        } else if (process instanceof ArrivalProcess.Poisson poisson) {
            return poisson.rate();
        } else if (process instanceof ArrivalProcess.Bursty bursty) {
            return bursty.rate();
        }
        return new Rate.PerSecond(0);
    }

    private void advance(int i) {
        long next = made[i] < most[i] ? times[i].next() : ArrivalTimes.NEVER;
        nextNanos[i] = next < endNanos ? next : ArrivalTimes.NEVER;
        made[i]++;
    }

    /** Goes to the next request; false if there is none. */
    public boolean next() {
        int first = 0;
        for (int i = 1; i < nextNanos.length; i++) {
            first = nextNanos[i] < nextNanos[first] ? i : first;
        }
        if (nextNanos[first] == ArrivalTimes.NEVER) {
            return false;
        }
        stream = first;
        nanos = nextNanos[first];
        number = made[first] - 1;
        advance(first);
        return true;
    }

    /** Position of the stream of the request. */
    public int stream() {
        return stream;
    }

    /** When it arrives, from the beginning. */
    public long nanos() {
        return nanos;
    }

    /** How many of its stream came before. */
    public long number() {
        return number;
    }

    /** Requests per second that a stream's process has in the mean; 0 if it has no rate. */
    public double perSecond(int ofStream) {
        return perSecond[ofStream];
    }
}
