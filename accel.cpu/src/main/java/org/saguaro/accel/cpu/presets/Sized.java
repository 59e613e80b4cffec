// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

/** Something native whose memory counts. Asked from any thread while it is open. */
interface Sized {

    /** Bytes that go back when it is closed; of what it shares, its part. */
    long residentBytes();
}
