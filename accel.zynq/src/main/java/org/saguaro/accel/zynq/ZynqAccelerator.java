// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.UnavailableDevice;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers programmable logic: opens the device, loads an overlay, offers the DMA memory for tensors and registers a {@link ProcessingElement} per
 * engine of every overlay. Where there is no device, or the way to it does not work, nothing is registered; the shell's command {@code fpga} says why. A change of
 * the configuration takes everything away and begins anew.
 */
@Component(
        configurationPid = ZynqAccelerator.PID,
        immediate = true,
        service = ZynqAccelerator.class,
        property = {"osgi.command.scope=saguaro", "osgi.command.function=fpga"})
@Designate(ocd = ZynqSettings.class)
public final class ZynqAccelerator {

    static final String PID = "org.saguaro.accel.zynq";

    private static final Logger LOG = LoggerFactory.getLogger(ZynqAccelerator.class);

    private final Deque<ServiceRegistration<ProcessingElement>> registrations = new ArrayDeque<>();
    private final List<EnginePe> pes = new ArrayList<>();
    private final @Nullable Fpga fpga;
    private final HostMemory.@Nullable Offer offer;
    private final String idleBecause;
    private final @Nullable ServiceRegistration<UnavailableDevice> unavailable;

    /** Called by Declarative Services; a device that cannot be opened is no error of the component. */
    @Activate
    public ZynqAccelerator(BundleContext context, ZynqSettings settings) {
        Fpga opened = null;
        HostMemory.Offer offered = null;
        String because = "";
        if (settings.transport().isBlank()) {
            because = "no device is configured: set transport of " + PID + " to linux or rtl";
        } else {
            try {
                opened = open(context, settings);
                pes.addAll(EnginePes.of(opened));
                offered = HostMemory.get().offer(new TensorArena(opened.pool()));
            } catch (DeviceException | AccelException | IllegalArgumentException e) {
                because = String.valueOf(e.getMessage());
                LOG.warn("no FPGA processing elements: {}", because);
                if (opened != null) {
                    opened.close();
                }
                opened = null;
                pes.clear();
            }
        }
        fpga = opened;
        offer = offered;
        idleBecause = because;
        pes.forEach(pe -> register(context, pe));
        // Without a device that was asked for nothing is missing.
        unavailable = opened != null || settings.transport().isBlank()
                ? null
                : context.registerService(UnavailableDevice.class, new Missing(because), null);
        if (opened != null) {
            LOG.info(
                    "{} FPGA processing elements on {}, {} overlays",
                    pes.size(),
                    opened.name(),
                    opened.overlays().size());
        }
    }

    private record Missing(String reason) implements UnavailableDevice {
        @Override
        public String device() {
            return "zynq";
        }
    }

    private static Fpga open(BundleContext context, ZynqSettings settings) throws DeviceException, AccelException {
        List<Overlay> overlays = Devices.overlays(settings);
        FpgaDevice device = Devices.open(context, settings);
        Fpga fpga = new Fpga(
                device,
                Devices.isSimulated(settings),
                Devices.engineSettings(settings, overlays.get(0).clockHz()),
                overlays);
        try {
            fpga.load(overlays.get(0));
            return fpga;
        } catch (AccelException | RuntimeException e) {
            fpga.close();
            throw e;
        }
    }

    private void register(BundleContext context, EnginePe pe) {
        Map<String, Object> properties =
                Map.of("pe.id", pe.descriptor().id(), "pe.type", pe.descriptor().type());
        registrations.push(
                context.registerService(ProcessingElement.class, pe, FrameworkUtil.asDictionary(properties)));
    }

    /** Unregistering returns when the core has closed a PE's kernels; only then the device is closed. Tensors keep its memory. */
    @Deactivate
    void deactivate() {
        while (!registrations.isEmpty()) {
            registrations.pop().unregister();
        }
        if (unavailable != null) {
            unavailable.unregister();
        }
        if (offer != null) {
            offer.close();
        }
        if (fpga != null) {
            fpga.close();
        }
    }

    /** The shell's command: what the programmable logic is and does, or why there is none. */
    public String fpga() {
        return fpga == null ? "no FPGA processing elements: " + idleBecause : FpgaReport.of(fpga, pes);
    }
}
