// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** The structures are those of the publication. */
final class SubstitutesTest {

    private static long calls(ApplicationProfile profile, String kernel) {
        return profile.tasks().stream()
                .filter(task -> task.kernel() != TaskProfile.NO_KERNEL)
                .filter(task -> profile.kernels().get(task.kernel()).name().startsWith(kernel))
                .count();
    }

    @Test
    void wifiSendsTenFramesOfTenInverseTransforms() {
        ApplicationProfile wifi = Substitutes.wifiTx();

        assertThat(calls(wifi, "DASH_IFFT:128")).isEqualTo(100);
        assertThat(calls(wifi, "DASH_")).isEqualTo(100);
        TaskProfile first = wifi.tasks().get(index(wifi, "frame0.ifft0"));
        TaskProfile last = wifi.tasks().get(index(wifi, "frame0.ifft9"));
        assertThat(first.inputs()).as("concurrent").isEqualTo(last.inputs());
    }

    @Test
    void pulseDopplerHas512Transforms() {
        ApplicationProfile doppler = Substitutes.pulseDoppler();

        assertThat(calls(doppler, "DASH_FFT:128")).isEqualTo(128 * 2 + 128);
        assertThat(calls(doppler, "DASH_IFFT:128")).isEqualTo(128);
        assertThat(calls(doppler, "DASH_ZIP:128")).isEqualTo(128);
        assertThat(doppler.tasks().get(index(doppler, "pulse7.product")).inputs())
                .extracting(TaskProfile.Input::task)
                .containsExactly(index(doppler, "pulse7.received"), index(doppler, "pulse7.reference"));
        assertThat(doppler.inputBits()).isEqualTo(128 * 128 * 64);
    }

    @Test
    void convolutionIsAFanOfPlanes() {
        ApplicationProfile detection = Substitutes.objectDetection();

        // Of the first layer: 3 input planes for each of 16 output planes.
        assertThat(detection.tasks().stream()
                        .filter(task -> task.label().equals("conv0") && task.kernel() != TaskProfile.NO_KERNEL))
                .hasSize(48);
        assertThat(calls(detection, "DASH_CONV_2D:40x40")).isEqualTo(104 * 128 + 128 * 144);
        assertThat(detection.inputBits()).isEqualTo(3 * 320 * 320 * 32);
    }

    @Test
    void callsTakeHostPointers() {
        for (ApplicationProfile profile :
                List.of(Substitutes.vgg(), Substitutes.speech(), Substitutes.wifiTx(), Substitutes.pulseDoppler())) {
            assertThat(profile.tasks().stream().flatMap(task -> task.inputs().stream()))
                    .as(profile.name())
                    .allMatch(input -> input.bytes() == 0);
        }
    }

    private static int index(ApplicationProfile profile, String label) {
        for (int i = 0; i < profile.tasks().size(); i++) {
            if (profile.tasks().get(i).label().equals(label)) {
                return i;
            }
        }
        throw new AssertionError("no task " + label + " in " + profile.name());
    }
}
