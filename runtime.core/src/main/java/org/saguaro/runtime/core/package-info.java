// SPDX-License-Identifier: Apache-2.0
/**
 * The platform as its users see it: deploy models, send requests, look at what ran where.
 *
 * <p>{@link org.saguaro.runtime.core.SaguaroRuntime} is the service to start from. Everything else here is what it hands
 * out. All services may be used from any thread; records are snapshots.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.runtime.core;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
