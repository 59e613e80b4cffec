// SPDX-License-Identifier: Apache-2.0
/**
 * The smallest complete accelerator, written to be cloned: three operators in plain Java, on a memory of its own. Start at
 * {@link org.saguaro.examples.nullaccelerator.NullAccelerators}.
 */
@NullMarked
package org.saguaro.examples.nullaccelerator;

import org.jspecify.annotations.NullMarked;
