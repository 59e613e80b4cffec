// SPDX-License-Identifier: Apache-2.0
/** Pictures of what ran where: Chrome/Perfetto JSON and a Gantt chart. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.formats.trace;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
