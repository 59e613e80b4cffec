// SPDX-License-Identifier: Apache-2.0
/** Brings libtorch into the process, once and in the right order. Lives on the framework's class path, never in a bundle. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.lib.pytorch;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
