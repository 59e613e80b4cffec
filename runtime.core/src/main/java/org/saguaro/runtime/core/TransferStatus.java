// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * What the cost model knows of copies from one memory space to another. A copy takes {@code startNanos + bytes x nanosPerByte}. Between
 * two devices data go by way of the host.
 *
 * @param from where
 * @param to whereto
 * @param startNanos fixed cost of one copy
 * @param nanosPerByte what each byte adds
 * @param count copies measured, those of earlier runs of the platform included; 0 while it is the prior
 */
public record TransferStatus(String from, String to, double startNanos, double nanosPerByte, long count) {}
