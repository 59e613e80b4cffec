// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/**
 * Processing elements as a simulation has them.
 *
 * @param name for people, for instance {@code C3+F1+V1+Z1}
 * @param peTypes the types of PEs; at least one
 * @param transfers what copies take; those from or to the host that are not listed take no time, others that are not listed go by way of
 *     the host, as in the runtime
 */
public record Pool(String name, List<PeType> peTypes, List<Transfer> transfers) {

    /** The memory space of the host, where requests come from and results go to. */
    public static final String HOST = "host";

    public Pool {
        peTypes = List.copyOf(peTypes);
        transfers = List.copyOf(transfers);
    }

    /** How many PEs there are. */
    public int size() {
        return peTypes.stream().mapToInt(PeType::count).sum();
    }

    /**
     * PEs of one type.
     *
     * @param name the type, for instance {@code cpu}
     * @param count how many; their ids are the name and a number from 0
     * @param space the memory they read and write
     * @param activeWatts drawn more than when idle while a kernel runs; not while it is dispatched to and inputs are copied
     * @param idleWatts drawn all the time
     * @param dispatchNanos the PE is occupied for that long before each kernel: scheduling, waking up, the driver
     * @param costs what kernels take, the first rule that matches; a kernel that no rule matches takes what was measured on this
     *     type, and is not supported if nothing was
     */
    public record PeType(
            String name,
            int count,
            String space,
            double activeWatts,
            double idleWatts,
            long dispatchNanos,
            List<CostRule> costs) {

        public PeType {
            costs = List.copyOf(costs);
        }
    }

    /**
     * What copies from one memory space to another take: {@code startNanos + bytes * nanosPerByte}.
     *
     * @param from space that has the bytes
     * @param to space that gets them
     */
    public record Transfer(String from, String to, long startNanos, double nanosPerByte) {}
}
