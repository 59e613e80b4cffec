// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** Estimates for the tasks and PEs of one round, by their positions. Constant time, no allocation. */
@ProviderType
public interface CostModel {

    /** Whether the PE has a kernel for the task. Only such pairs may be assigned or asked about. */
    boolean supports(int task, int pe);

    /** Expected execution time of the kernel. */
    long executionNanos(int task, int pe);

    /** Expected time to bring those inputs that the PE cannot read where they are; 0 if it can. */
    long transferNanos(int task, int pe);
}
