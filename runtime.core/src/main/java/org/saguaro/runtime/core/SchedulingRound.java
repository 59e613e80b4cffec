// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * One scheduling round.
 *
 * @param begunNanos when, by {@link System#nanoTime}
 * @param readyTasks tasks that were ready and could be placed
 * @param decisions tasks of those that got a PE
 * @param leftTasks tasks that wait for another round
 * @param decidingNanos from its beginning to its decision: the view of tasks and PEs, and the policy
 */
public record SchedulingRound(long begunNanos, int readyTasks, int decisions, int leftTasks, long decidingNanos) {}
