// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;

/** The applications of examples/ as bundles, on the CPU: right on all their inputs, also many at once, and not right on a broken device. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class ApplicationsTest {

    private static final List<String> ALL = List.of("wifi-tx", "pulse-doppler", "radar-correlator", "lane-detection");
    private static final int INSTANCES_OF_EACH = 4;

    private final BundleContext context =
            FrameworkUtil.getBundle(ApplicationsTest.class).getBundleContext();

    @InjectService(timeout = 20_000)
    Layers layers;

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    ConfigurationAdmin configurations;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    @InjectService(cardinality = 4, timeout = 20_000)
    List<LayerApplication> applications;

    @AfterEach
    void chooseTheUsualPolicy() throws Exception {
        PolicyChoice.use(runtime, configurations, "eft");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wifi-tx", "pulse-doppler", "radar-correlator", "lane-detection"})
    void isRightOnEveryInput(String name) throws Exception {
        LayerApplication application = application(name);
        assertThat(application.samples()).isPositive();
        for (int sample = 0; sample < application.samples(); sample++) {
            Outcome outcome = run(name, sample);
            assertThat(outcome.right())
                    .as("%s, input %d: %s", name, sample, outcome)
                    .isTrue();
        }
    }

    /** Each on a thread and in a session of its own. */
    @Test
    void severalRunAtOnce() throws Exception {
        List<Callable<Outcome>> instances = new ArrayList<>();
        for (int i = 0; i < INSTANCES_OF_EACH; i++) {
            int number = i;
            for (String name : ALL) {
                instances.add(() -> run(name, number % application(name).samples()));
            }
        }
        ExecutorService threads = Executors.newFixedThreadPool(instances.size());
        try {
            for (Future<Outcome> outcome : threads.invokeAll(instances)) {
                assertThat(outcome.get().right()).as("%s", outcome.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** The kernel tasks as published, and what brings phases together. */
    @Test
    void callsAreThosePublished() throws Exception {
        assertThat(calls("wifi-tx")).isEqualTo(Map.of("fft_ifft", 100));
        assertThat(calls("pulse-doppler"))
                .isEqualTo(Map.of(
                        "fft_fft", 128 * 3,
                        "multiply_conjugate", 128,
                        "fft_ifft", 128,
                        "cat", 2,
                        "unbind", 1,
                        "fft_fftshift", 1,
                        "abs", 1));
        assertThat(calls("radar-correlator")).isEqualTo(Map.of("fft_fft", 2, "multiply_conjugate", 1, "fft_ifft", 1));
        assertThat(calls("lane-detection"))
                .isEqualTo(Map.of("fft_fft", 16, "mul", 24, "fft_ifft", 32, "cat", 3, "transpose", 3, "split", 3));
    }

    /** Not a failure: the device says that all went well. Only who knows the right result can tell. */
    @ParameterizedTest
    @ValueSource(strings = {"wifi-tx", "pulse-doppler", "radar-correlator", "lane-detection"})
    void saysThatAWrongResultIsNotRight(String name) throws Exception {
        PolicyChoice.use(runtime, configurations, "random");
        WrongTransforms broken = new WrongTransforms();
        ServiceRegistration<?> registration = context.registerService(ProcessingElement.class, broken, null);
        try {
            Outcome outcome;
            long before;
            // One transform per run may go to the CPU this time.
            do {
                before = broken.executions();
                outcome = run(name, 0);
            } while (broken.executions() == before);

            assertThat(outcome.right()).as("%s: %s", name, outcome).isFalse();
        } finally {
            registration.unregister();
        }
        Outcome healed = run(name, 0);
        assertThat(healed.right()).as("%s: %s", name, healed).isTrue();
    }

    private Map<String, Integer> calls(String name) throws Exception {
        String session = name + "-counted";
        run(name, session, 0);
        Map<String, Integer> calls = new TreeMap<>();
        for (TaskRecord task : runtime.trace()) {
            if (task.application().equals(session)) {
                calls.merge(task.layers(), 1, Integer::sum);
            }
        }
        return calls;
    }

    private Outcome run(String name, int sample) throws Exception {
        return run(name, name, sample);
    }

    private Outcome run(String name, String sessionName, int sample) throws Exception {
        try (LayerSession session = layers.open(sessionName)) {
            return application(name).run(session, sample);
        }
    }

    private LayerApplication application(String name) throws Exception {
        ServiceReference<LayerApplication> found = context.getServiceReferences(
                        LayerApplication.class, "(" + LayerApplication.NAME_PROPERTY + "=" + name + ")")
                .iterator()
                .next();
        return context.getService(found);
    }
}
