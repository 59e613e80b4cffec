// SPDX-License-Identifier: Apache-2.0
/** The faulty accelerators themselves. */
@NullMarked
package org.saguaro.itest.faulty.device;

import org.jspecify.annotations.NullMarked;
