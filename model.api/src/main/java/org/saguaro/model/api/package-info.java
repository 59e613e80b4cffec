// SPDX-License-Identifier: Apache-2.0
/**
 * <em>What</em> is computed: a model as an immutable graph of layers, its tensors, and the SPI of those who read model
 * files.
 *
 * <p>Everything here is a value. Nothing owns a thread; every type may be used from any thread.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.model.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
