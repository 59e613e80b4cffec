// SPDX-License-Identifier: Apache-2.0
/** NumPy's file format, as far as tensors of a model need it. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.formats.npy;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
