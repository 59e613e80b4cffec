// SPDX-License-Identifier: Apache-2.0
/** How a test makes the faulty accelerators fail. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.itest.faulty;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
