// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** Estimates for the tasks and PEs of one round, by their positions. Constant time, no allocation. */
@ProviderType
public interface CostModel {

    /**
     * Whether the PE has a kernel for the task. Only such pairs may be assigned or asked about. In a crowd of tiny tasks it is false of PEs
     * that are so much slower than others that bringing a task there would cost more than running it.
     */
    boolean supports(int task, int pe);

    /** Expected execution time of the kernel: its mean as measured of late, or a prior. */
    long executionNanos(int task, int pe);

    /** Uncertainty of {@link #executionNanos}: the standard deviation as measured of late; the whole estimate while it is a prior. */
    long executionDeviationNanos(int task, int pe);

    /** Expected time to bring those inputs that the PE cannot read where they are; 0 if it can. */
    long transferNanos(int task, int pe);

    /** Expected energy of the execution, in nanojoules (one watt for one nanosecond): what the PE draws more than when idle. */
    long energyNanojoules(int task, int pe);

    /**
     * Optimistic cost (PEFT): the least time from the end of this task on that PE to the end of its request, transfers included, if
     * every task that follows could go where it finishes first and no PE were busy. 0 for a last task.
     */
    long optimisticRemainingNanos(int task, int pe);
}
