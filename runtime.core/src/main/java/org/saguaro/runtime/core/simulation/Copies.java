// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What copies between the memory spaces of a pool take, by the spaces' numbers. Between two devices they go by way of the host, as in the
 * runtime, unless the pool says what they take directly. Immutable.
 */
final class Copies {

    static final int HOST = 0;

    private final List<String> names = new ArrayList<>();
    private final long[] startNanos;
    private final double[] nanosPerByte;
    private final boolean[] direct;

    Copies(Pool pool) {
        names.add(Pool.HOST);
        for (Pool.PeType type : pool.peTypes()) {
            if (type.count() > 0 && !names.contains(type.space())) {
                names.add(type.space());
            }
        }
        int spaces = names.size();
        startNanos = new long[spaces * spaces];
        nanosPerByte = new double[spaces * spaces];
        direct = new boolean[spaces * spaces];
        for (int space = 0; space < spaces; space++) {
            direct[pair(HOST, space)] = true;
            direct[pair(space, HOST)] = true;
        }
        Set<String> seen = new HashSet<>();
        for (Pool.Transfer transfer : pool.transfers()) {
            String place =
                    "pool " + pool.name() + ", transfers from " + transfer.from() + " to " + transfer.to() + ": ";
            if (transfer.startNanos() < 0
                    || !(transfer.nanosPerByte() >= 0)
                    || Double.isInfinite(transfer.nanosPerByte())) {
                throw new IllegalArgumentException(place + "found " + transfer.startNanos() + " ns and "
                        + transfer.nanosPerByte() + " ns per byte, expected none to be negative");
            }
            if (transfer.from().equals(transfer.to())) {
                throw new IllegalArgumentException(place + "expected two spaces: nothing is copied within one");
            }
            if (!seen.add(transfer.from() + '\n' + transfer.to())) {
                throw new IllegalArgumentException(place + "found them twice, expected each pair of spaces once");
            }
            int from = names.indexOf(transfer.from());
            int to = names.indexOf(transfer.to());
            // A space of which the pool has no PEs is never copied to or from.
            if (from >= 0 && to >= 0) {
                startNanos[pair(from, to)] = transfer.startNanos();
                nanosPerByte[pair(from, to)] = transfer.nanosPerByte();
                direct[pair(from, to)] = true;
            }
        }
    }

    int spaces() {
        return names.size();
    }

    int number(String space) {
        return names.indexOf(space);
    }

    /** Whether it is one copy, and not two by way of the host. */
    boolean isDirect(int from, int to) {
        return direct[pair(from, to)];
    }

    /** Time to bring that much from one space to another; by way of the host, if it is not direct. */
    long nanos(int from, int to, long bytes) {
        if (from == to) {
            return 0;
        }
        return isDirect(from, to)
                ? directNanos(from, to, bytes)
                : directNanos(from, HOST, bytes) + directNanos(HOST, to, bytes);
    }

    /** Time of one copy. */
    long directNanos(int from, int to, long bytes) {
        int pair = pair(from, to);
        return (long) (startNanos[pair] + bytes * nanosPerByte[pair]);
    }

    private int pair(int from, int to) {
        return from * names.size() + to;
    }
}
