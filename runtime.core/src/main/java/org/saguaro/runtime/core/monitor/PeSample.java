// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import org.saguaro.runtime.core.MonitorSnapshot.Durations;
import org.saguaro.runtime.core.PeStatus;

/**
 * A PE at a moment.
 *
 * @param status its condition and counters
 * @param busyNanos time spent in tasks since it came, the one that runs now included
 * @param queueNanos from assignment to start, per completed task
 * @param taskNanos from start to end, per completed task
 */
public record PeSample(PeStatus status, long busyNanos, Durations queueNanos, Durations taskNanos) {}
