// SPDX-License-Identifier: Apache-2.0
/** Applications that workloads run: examples with samples and the truth about them, models, applications on the Layer API. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.application;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
