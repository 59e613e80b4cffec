// SPDX-License-Identifier: Apache-2.0
/**
 * A device in plain Java, for tests without Verilator: registers, memory, caches and faults behave as rtl/README.md says, results are those of the golden
 * models; only the cycles are rough. Other modules take it from this module's test jar.
 */
@NullMarked
package org.saguaro.accel.zynq.model;

import org.jspecify.annotations.NullMarked;
