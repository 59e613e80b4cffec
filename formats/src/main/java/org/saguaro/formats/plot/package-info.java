// SPDX-License-Identifier: Apache-2.0
/** Curves and bars as SVG and PNG, drawn by XChart. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.formats.plot;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
