// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.api.UnavailableDevice;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.rtl.RtlLibrary;

class ZynqAcceleratorTest {

    private final List<ProcessingElement> registered = new ArrayList<>();
    private final List<UnavailableDevice> missing = new ArrayList<>();

    /** A context that only registers services. */
    private BundleContext context() {
        return (BundleContext) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "registerService" -> {
                        Object service = arguments[1];
                        if (service instanceof ProcessingElement pe) {
                            registered.add(pe);
                        } else {
                            missing.add((UnavailableDevice) service);
                        }
                        yield Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {ServiceRegistration.class},
                                (registration, called, none) -> {
                                    assertThat(called.getName()).isEqualTo("unregister");
                                    registered.remove(service);
                                    missing.remove(service);
                                    return null;
                                });
                    }
                    case "getProperty" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    /** The configuration's defaults, with some settings of one's own. */
    private static ZynqSettings settings(Map<String, Object> own) {
        return (ZynqSettings) Proxy.newProxyInstance(
                ZynqSettings.class.getClassLoader(), new Class<?>[] {ZynqSettings.class}, (proxy, method, none) -> {
                    Object value = own.get(method.getName());
                    return value == null ? method.getDefaultValue() : value;
                });
    }

    private ZynqAccelerator activate(Map<String, Object> own) {
        return new ZynqAccelerator(context(), settings(own));
    }

    @Test
    void withoutConfigurationItIsIdleAndSaysWhatToSet() {
        ZynqAccelerator accelerator = activate(Map.of());
        assertThat(registered).isEmpty();
        assertThat(missing).as("nothing was asked for").isEmpty();
        assertThat(accelerator.fpga()).contains("set transport of org.saguaro.accel.zynq to linux or rtl");
        accelerator.deactivate();
    }

    @Test
    void anUnknownTransportIsNamed() {
        Map<String, Object> own = new HashMap<>(Map.of("transport", "jtag"));
        own.put("overlays", new String[] {"overlays"});
        assertThat(activate(own).fpga()).contains("found 'jtag', expected linux or rtl");
        assertThat(registered).isEmpty();
    }

    @Test
    void overlaysThatAreMissingAreNamed() {
        Map<String, Object> own = new HashMap<>(Map.of("transport", "rtl"));
        own.put("overlays", new String[] {"target/nowhere"});
        assertThat(activate(own).fpga()).contains("nowhere");
        own.put("overlays", new String[] {"overlays"});
        own.put("overlay", "absent");
        assertThat(activate(own).fpga()).contains("'absent'").contains("conv-fft-zip");
    }

    @Test
    void withoutABoardItIsIdleAndSaysWhatIsMissing() {
        Map<String, Object> own = new HashMap<>(Map.of("transport", "linux", "memory", "no-such-buffer"));
        own.put("overlays", new String[] {"overlays"});
        ZynqAccelerator accelerator = activate(own);
        assertThat(accelerator.fpga()).contains("no-such-buffer");
        assertThat(registered).isEmpty();
        assertThat(missing).singleElement().satisfies(device -> {
            assertThat(device.device()).isEqualTo("zynq");
            assertThat(device.reason()).contains("no-such-buffer");
        });
        accelerator.deactivate();
        assertThat(missing).isEmpty();
    }

    @Test
    void offersTheEnginesOfAllOverlaysAndTheirMemory() throws Exception {
        String why = RtlLibrary.whyNot();
        Assumptions.assumeTrue(why == null, why);
        Path library = new RtlLibrary(Path.of("target", "rtl-library"), System.out::println).get();
        Map<String, Object> own = new HashMap<>(Map.of(
                "transport",
                "rtl",
                "library",
                library.toString(),
                "memory_bytes",
                8L << 20,
                "overlay",
                "conv-fft-zip"));
        own.put("overlays", new String[] {"overlays"});
        ZynqAccelerator accelerator = activate(own);
        assertThat(registered)
                .extracting(pe -> pe.descriptor().id())
                .contains("conv-fft-zip.conv0", "conv-fft-zip.fft0", "conv-fft-zip.zip0", "conv2.conv1");
        assertThat(registered).allSatisfy(pe -> assertThat(pe).isInstanceOf(Reconfigurable.class));
        try (var buffer = HostMemory.get().allocate(1000)) {
            assertThat(buffer).as("memory for a tensor").isInstanceOf(DmaBuffer.class);
        }
        try (var buffer = HostMemory.get().allocate(7 << 20)) {
            assertThat(buffer)
                    .as("memory beyond three quarters of the device's")
                    .isNotInstanceOf(DmaBuffer.class);
        }
        assertThat(accelerator.fpga()).contains("* conv-fft-zip", "conv2.conv1", "error     none");
        accelerator.deactivate();
        assertThat(registered).isEmpty();
        try (var buffer = HostMemory.get().allocate(1000)) {
            assertThat(buffer).as("memory after the device has gone").isNotInstanceOf(DmaBuffer.class);
        }
    }
}
