// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.MonitorSnapshot.HostLoad;

class HostProbeTest {

    private static final long SECOND = 1_000_000_000;

    @TempDir
    Path root;

    private static String process(long minorFaults, long userTicks, long systemTicks) {
        return "42 (java (x) y) S 1 42 42 0 -1 4194560 " + minorFaults + " 0 3 0 " + userTicks + " " + systemTicks
                + " 0 0 20 0 17 0 100 4000000 5000";
    }

    @Test
    void ratesAreOfTheTimeBetweenTwoProbes() {
        SystemTree tree = new SystemTree(root)
                .file("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\nintr 5 6\nctxt 1000\nbtime 7")
                .file("proc/loadavg", "0.75 0.50 0.25 1/200 4242")
                .file("proc/meminfo", "MemTotal:        4028608 kB\nMemFree: 1 kB\nMemAvailable:    2000000 kB")
                .file("proc/self/status", "Name:\tjava\nVmPeak:\t 9 kB\nVmRSS:\t  123456 kB")
                .file("proc/self/stat", process(10, 100, 50));
        try (HostProbe probe = new HostProbe(root)) {
            HostLoad first = probe.probe(SECOND);
            assertThat(first.cpuUtilisation()).as("before there is an interval").isNaN();
            assertThat(first.memoryBytes()).isEqualTo(4028608L * 1024);
            assertThat(first.memoryAvailableBytes()).isEqualTo(2000000L * 1024);
            assertThat(first.residentBytes()).isEqualTo(123456L * 1024);
            assertThat(first.loadAverage()).isEqualTo(0.75);
            assertThat(first.heapBytes()).isPositive();

            tree.file("proc/stat", "cpu  150 0 125 900 25 0 0 0 50 0\nctxt 1500")
                    .file("proc/self/stat", process(30, 220, 80));
            HostLoad second = probe.probe(3 * SECOND);
            assertThat(second.cpuUtilisation()).isCloseTo(75.0 / 200, within(1e-9));
            assertThat(second.processCores()).isCloseTo(150.0 / 100 / 2, within(1e-9));
            assertThat(second.contextSwitchesPerSecond()).isEqualTo(250);
            assertThat(second.pageFaultsPerSecond()).isEqualTo(10);
        }
    }

    @Test
    void whatAMachineDoesNotTellIsUnknown() {
        try (HostProbe probe = new HostProbe(root)) {
            probe.probe(SECOND);
            HostLoad load = probe.probe(2 * SECOND);
            assertThat(load.cpuUtilisation()).isNaN();
            assertThat(load.loadAverage()).isNaN();
            assertThat(load.contextSwitchesPerSecond()).isNaN();
            assertThat(load.memoryBytes()).isEqualTo(-1);
            assertThat(load.residentBytes()).isEqualTo(-1);
        }
    }
}
