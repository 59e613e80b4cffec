// SPDX-License-Identifier: Apache-2.0
/**
 * <em>Where and when</em>: the SPI of a scheduling policy, in terms of ids, nanoseconds and bytes. It knows neither models
 * nor devices, so a policy also runs in a simulator.
 *
 * <p>A policy is a function from what it sees to an assignment: it owns no threads, does no I/O and keeps no clock. The
 * core calls it in <em>rounds</em>, one at a time.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.scheduler.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
