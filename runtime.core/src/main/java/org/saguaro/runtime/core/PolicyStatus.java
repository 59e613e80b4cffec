// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * A scheduling policy that could be used.
 *
 * @param name its {@code scheduling.policy}
 * @param provider the bundle or class it comes from
 * @param preference place in the configured order, from 0; -1 if it is not configured
 * @param active whether it is used now
 */
public record PolicyStatus(String name, String provider, int preference, boolean active) {}
