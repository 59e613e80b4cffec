// SPDX-License-Identifier: Apache-2.0
/** The applications of the demo: requests that arrive on their own, answers held against the truth. Bundle side. */
@NullMarked
package org.saguaro.launcher.demo;

import org.jspecify.annotations.NullMarked;
