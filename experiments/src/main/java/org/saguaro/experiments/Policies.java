// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** The scheduling policies that are installed, for simulations: each run gets an instance of its own. Thread-safe. */
@ProviderType
public interface Policies {

    /** Their names, sorted. */
    List<String> names();

    /**
     * A new instance, used by nobody else until it is closed.
     *
     * @throws IllegalArgumentException if there is no policy of that name; names those there are
     */
    Lease create(String name);

    /** An instance and the end of its use. */
    interface Lease extends AutoCloseable {
        SchedulingPolicy policy();

        /** Gives it back. */
        @Override
        void close();
    }
}
