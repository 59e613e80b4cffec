// SPDX-License-Identifier: Apache-2.0
/** What the engines are told and what they answer: registers, plans of commands, and the models that say what must come out. */
@NullMarked
package org.saguaro.accel.zynq.engine;

import org.jspecify.annotations.NullMarked;
