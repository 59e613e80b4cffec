// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * A tenant now: on whose behalf requests come ({@link RequestOptions#tenant}). Counts are since the tenant came or, if it is not
 * configured and had no request for long, came again.
 *
 * @param name its name
 * @param configured whether it has a weight and a bound of its own in the configuration
 * @param weight the share it is to get, relative to that of others, under a policy that looks at it
 * @param bound requests in flight; more are refused
 * @param inFlight requests accepted and not ended
 * @param submitted requests accepted
 * @param completed requests that gave a result
 * @param failed requests that gave none, those dropped included
 * @param refused requests refused at once because the tenant had too many in flight
 * @param dropped requests that ended because of their hard deadline
 * @param peNanos time that PEs spent on its tasks
 * @param peShare its part of the time that PEs spent on tasks of all tenants, from 0 to 1
 */
public record TenantStatus(
        String name,
        boolean configured,
        double weight,
        int bound,
        int inFlight,
        long submitted,
        long completed,
        long failed,
        long refused,
        long dropped,
        long peNanos,
        double peShare) {}
