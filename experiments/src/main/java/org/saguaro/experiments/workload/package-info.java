// SPDX-License-Identifier: Apache-2.0
/**
 * Workloads: which applications arrive when, as a file says ({@link org.saguaro.experiments.workload.WorkloadFile}), and their requests in
 * the order of time ({@link org.saguaro.experiments.workload.Schedule}).
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.workload;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
