// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.util.OptionalLong;
import org.saguaro.runtime.core.RequestOptions;

/**
 * Requests of one kind.
 *
 * @param name unique in the workload; its seed depends on it and not on its place, so that other streams may come and go
 * @param source what they are
 * @param arrivals when they come
 * @param instances how many come at most
 * @param options how each is treated; durations count from its arrival
 * @param tenantWeight the share that its tenant is to get, relative to that of others
 */
public record Stream(
        String name,
        Source source,
        ArrivalProcess arrivals,
        OptionalLong instances,
        RequestOptions options,
        double tenantWeight) {}
