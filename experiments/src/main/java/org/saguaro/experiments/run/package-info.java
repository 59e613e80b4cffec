// SPDX-License-Identifier: Apache-2.0
/**
 * Runs workloads, on the processing elements that are there ({@link org.saguaro.experiments.run.LiveRun}) or in the simulator ({@link
 * org.saguaro.experiments.run.SimulatedRun}), and writes down what came of it ({@link org.saguaro.experiments.run.RunFolder}).
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.run;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
