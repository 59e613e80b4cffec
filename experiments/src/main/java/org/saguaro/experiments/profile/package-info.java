// SPDX-License-Identifier: Apache-2.0
/** What applications are to the simulator, in files. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.profile;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
