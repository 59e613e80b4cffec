// SPDX-License-Identifier: Apache-2.0
/**
 * <em>Who</em> computes: the SPI of an accelerator bundle.
 *
 * <p>A bundle registers one {@link org.saguaro.accel.api.ProcessingElement} service per unit that can run one kernel at a
 * time. The core finds it, asks what it supports, prepares kernels on it, and runs them on a worker thread that the core
 * owns. Start from {@code examples/accelerator-template}; the contract test in this module's test jar is what yours must pass.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.accel.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
