// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

/** The way to the device does not work: a node is missing, a permission, a mapping, a library. The message says what to check. */
public final class DeviceException extends Exception {

    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
