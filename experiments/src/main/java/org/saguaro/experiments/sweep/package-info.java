// SPDX-License-Identifier: Apache-2.0
/**
 * Design-space exploration: pools, policies, rates and seeds, each combination simulated once, in parallel. {@link
 * org.saguaro.experiments.sweep.SweepFile} reads what to do, {@link org.saguaro.experiments.sweep.Sweep} does it.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.sweep;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
