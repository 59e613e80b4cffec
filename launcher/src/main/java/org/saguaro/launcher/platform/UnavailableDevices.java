// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.platform;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.saguaro.accel.api.UnavailableDevice;

/** What devices say that should be there and are not. Thread-safe. */
@Component(service = UnavailableDevices.class)
public final class UnavailableDevices {

    private final List<UnavailableDevice> devices = new CopyOnWriteArrayList<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void add(UnavailableDevice device) {
        devices.add(device);
    }

    void remove(UnavailableDevice device) {
        devices.remove(device);
    }

    /** A line each: the device and its reason. */
    public List<String> lines() {
        return devices.stream()
                .map(device -> device.device() + ": " + device.reason())
                .sorted()
                .toList();
    }
}
