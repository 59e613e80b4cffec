// SPDX-License-Identifier: Apache-2.0
/** Descriptions of pools of processing elements, from files. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.pool;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
