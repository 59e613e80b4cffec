// SPDX-License-Identifier: Apache-2.0
/** NumPy's file format, as far as tensors of a model need it. Bundle side. */
@NullMarked
package org.saguaro.launcher.npy;

import org.jspecify.annotations.NullMarked;
