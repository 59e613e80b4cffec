// SPDX-License-Identifier: Apache-2.0
/**
 * The dispatcher's twin in virtual time: the policies, task graphs and cost model of the runtime, with processing elements that are
 * described and not there. {@link org.saguaro.runtime.core.simulation.Simulator} is where to start; what it runs are {@link
 * org.saguaro.runtime.core.simulation.ApplicationProfile}s, which deployments and sessions of the Layer API tell of themselves.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.runtime.core.simulation;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
