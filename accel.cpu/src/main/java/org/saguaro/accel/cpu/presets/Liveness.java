// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Marks where each register is read for the last time, so that tensors are freed as soon as nobody needs them. */
final class Liveness {

    private Liveness() {}

    /**
     * Marks the calls of a program.
     *
     * @param readAfterwards registers that are read when the program has ended
     */
    static void mark(List<Call> calls, Set<Integer> readAfterwards) {
        Set<Integer> live = new HashSet<>(readAfterwards);
        for (int i = calls.size() - 1; i >= 0; i--) {
            mark(calls.get(i), live);
        }
    }

    private static void mark(Call call, Set<Integer> live) {
        for (int i = 0; i < call.results.length; i++) {
            if (call.results[i] >= 0 && !live.remove(call.results[i])) {
                call.results[i] = -1;
            }
        }
        Set<Integer> listed = new LinkedHashSet<>();
        for (Call.Filled filled : call.lists) {
            for (int register : filled.registers) {
                listed.add(register);
            }
        }
        listed.removeAll(live);
        for (int i = call.registers.length - 1; i >= 0; i--) {
            int register = call.registers[i];
            listed.remove(register);
            call.moves[i] = live.add(register);
        }
        call.releasedAfterListing = listed.stream().mapToInt(Integer::intValue).toArray();
        for (Call.Filled filled : call.lists) {
            for (int register : filled.registers) {
                live.add(register);
            }
        }
    }
}
