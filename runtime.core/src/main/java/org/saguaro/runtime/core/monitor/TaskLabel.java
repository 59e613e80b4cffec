// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

/**
 * What a trace record says of a task that is the same for all its runs. Made once per planned task, so that a record holds one reference.
 *
 * @param application name of the deployment
 * @param task position in the deployment's task graph
 * @param layers what it computes, for people
 */
public record TaskLabel(String application, int task, String layers) {}
