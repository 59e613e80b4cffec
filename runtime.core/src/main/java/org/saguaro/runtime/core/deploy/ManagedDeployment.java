// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.List;
import org.saguaro.runtime.core.dispatch.Plan;

/** A deployment as the provisioning sees it: what it holds, how it is used, and how to take memory from it. Thread-safe. */
public interface ManagedDeployment {

    String name();

    /** Requests that have come and not ended. */
    int inFlight();

    /** When a request came or ended last; when it was deployed, if none did. On the clock of {@link System#nanoTime}. */
    long lastUsedNanos();

    /** Its plans, those too that are on their way out with the last requests; not those of graphs nested in them. */
    List<Plan> plans();

    /** Bytes that its kernels hold. */
    default long residentBytes() {
        return plans().stream().mapToLong(Plan::residentBytes).sum();
    }

    /** Bytes that come back with the first request after an eviction; 0 if nothing is evicted. */
    long evictedBytes();

    /**
     * Closes the kernels of all plans that no request is using. The next request that needs one has it prepared again, and waits for that;
     * until then its tasks are ready and nobody can run them.
     *
     * @return bytes given back; 0 if requests are using all plans, or there is nothing to give
     */
    long evict();
}
