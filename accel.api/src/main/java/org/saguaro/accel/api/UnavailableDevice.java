// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * SPI, a whiteboard service: a device that an accelerator's bundle was told to offer and cannot. Its bundle stays, idle; people see the reason in the
 * shell. Unregistered when the device is there after all.
 */
@ConsumerType
public interface UnavailableDevice {

    /** For people: {@code zynq}, {@code cuda0}. */
    String device();

    /** What is missing and what to do: a library, a permission, a device node. */
    String reason();
}
