// SPDX-License-Identifier: Apache-2.0
/**
 * The smallest complete accelerator, written to be cloned: three operators in plain Java, on a memory of its own. Start at
 * {@link org.example.accelerator.NullAccelerators}.
 */
@NullMarked
package org.example.accelerator;

import org.jspecify.annotations.NullMarked;
