// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.List;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.MonitorSnapshot.MemoryUse;

/** What the monitor samples: the runtime. Cheap to ask and thread-safe; asked by the monitor's thread. */
public interface LoadSource {

    /** The PEs present, by id. */
    List<PeSample> peSamples();

    /** Counters per deployment, oldest first. */
    List<DeploymentStatistics> statistics();

    /** What scheduling costs, and the switch of all timing. */
    RoundMeter rounds();

    /** Name of the policy in use. */
    String activePolicy();

    /** What is allocated in the memories of the PEs present. */
    List<MemoryUse> memoryUse();
}
