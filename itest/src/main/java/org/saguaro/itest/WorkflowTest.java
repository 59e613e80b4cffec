// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TensorService;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.Workflows;

/** Workflows with real models on the CPU, against PyTorch's answers, and with services of a bundle: this one. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class WorkflowTest {

    private static final Path WORKFLOWS =
            Path.of(System.getProperty("saguaro.examples")).resolve("workflows");
    private static final RequestOptions PATIENT = new RequestOptions(Duration.ofSeconds(60));
    private static final double TOLERANCE = 1e-3;

    private final BundleContext context =
            FrameworkUtil.getBundle(WorkflowTest.class).getBundleContext();

    @InjectService(timeout = 30_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 30_000)
    Workflows workflows;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    @AfterEach
    void undeploy() throws Exception {
        for (WorkflowStatus workflow : workflows.workflows()) {
            workflows.undeploy(workflow.name());
        }
    }

    private Deployment deployed(String name) {
        return runtime.deployment(name).orElseThrow();
    }

    private static Tensor array(String workflow, String what) throws Exception {
        return NumpyArray.read(WORKFLOWS.resolve(workflow + "-" + what + ".npy"));
    }

    private static void assertRight(String workflow, InferenceResult result) throws Exception {
        for (int i = 0; i < result.outputs().size(); i++) {
            Tensor expected = array(workflow, "output" + i);
            Tensor found = result.outputs().get(i);
            assertThat(found.spec()).as("%s output %d", workflow, i).isEqualTo(expected.spec());
            assertThat(found.toDoubles())
                    .as("%s output %d", workflow, i)
                    .usingComparatorWithPrecision(TOLERANCE)
                    .containsExactly(expected.toDoubles());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shapes-camera", "spoken-command", "every-builtin"})
    void examplesGivePyTorchsNumbers(String name) throws Exception {
        WorkflowStatus status = workflows.deploy(WorkflowSource.of(WORKFLOWS.resolve(name + ".json")));
        assertThat(status.name()).isEqualTo(name);
        // Several, because sizes that depend on data make the runtime prepare a variant after some.
        for (int i = 0; i < 6; i++) {
            InferenceResult result = deployed(name).infer(List.of(array(name, "input0")), PATIENT);
            assertThat(result.outputs()).hasSize(status.source().text().contains("every-builtin") ? 12 : 3);
            assertRight(name, result);
        }
    }

    @Test
    void aStageIsReplacedAndInsertedWhileRequestsRun() throws Exception {
        String name = "spoken-command";
        workflows.deploy(WorkflowSource.of(WORKFLOWS.resolve(name + ".json")));
        Deployment deployment = deployed(name);
        List<Tensor> input = List.of(array(name, "input0"));
        for (int i = 0; i < 6; i++) {
            CompletableFuture<InferenceResult> inFlight = deployment.submit(input, PATIENT);
            String model = i % 2 == 0 ? "../speech-commands/model.pt" : "../speech-commands/model.pt2";
            workflows.edit(name, List.of(new WorkflowEdit.ReplaceModel("words", model)));
            assertRight(name, deployment.infer(input, PATIENT));
            assertRight(name, inFlight.get(60, TimeUnit.SECONDS));
        }
        workflows.edit(
                name,
                List.of(new WorkflowEdit.Insert(
                        "{\"id\": \"first\", \"builtin\": \"slice\", \"inputs\": [\"best.values\"],"
                                + " \"parameters\": {\"axis\": 1, \"end\": 1}}",
                        "")));
        double[] first = deployment.infer(input, PATIENT).outputs().get(0).toDoubles();
        assertThat(first).hasSize(1);
        assertThat(first[0]).isCloseTo(array(name, "output0").toDoubles()[0], within(TOLERANCE));
    }

    private ServiceRegistration<?> register(TensorService service) {
        return context.registerService(
                TensorService.class,
                service,
                FrameworkUtil.asDictionary(Map.of(TensorService.NAME_PROPERTY, "doubling")));
    }

    private static List<Tensor> twice(List<Tensor> inputs) {
        float[] values = inputs.get(0).toFloats();
        for (int i = 0; i < values.length; i++) {
            if (Float.isNaN(values[i])) {
                throw new IllegalArgumentException("no number at " + i);
            }
            values[i] *= 2;
        }
        return List.of(Tensor.of(values, values.length));
    }

    @Test
    void aServiceOfABundleIsAStage() throws Exception {
        WorkflowSource source = new WorkflowSource("""
                {"workflow": "served", "inputs": [{"name": "x", "type": "float32[3]"}],
                 "stages": [{"id": "likely", "builtin": "softmax", "inputs": ["x"]},
                            {"id": "double", "service": "doubling", "inputs": ["likely"],
                             "outputs": [{"name": "y", "type": "float32[3]"}]},
                            {"id": "best", "builtin": "max", "inputs": ["double"]}],
                 "outputs": ["double", "best.values"]}
                """, "the test", Files.createTempDirectory("workflow"));
        assertThatThrownBy(() -> workflows.deploy(source))
                .as("there is no such service yet")
                .hasMessageContaining("doubling");
        ServiceRegistration<?> first = register(WorkflowTest::twice);
        workflows.deploy(source);
        Deployment deployment = deployed("served");
        List<Tensor> input = List.of(Tensor.of(new float[] {0, 0, 0}, 3));
        assertThat(deployment.infer(input, PATIENT).outputs().get(1).toFloats()[0])
                .isCloseTo(2 / 3f, within(1e-6f));
        assertThat(deployment.placement().layers())
                .filteredOn(layer -> layer.name().equals("double/doubling"))
                .singleElement()
                .extracting(layer -> layer.runsByPe().keySet().toString())
                .isEqualTo("[service-doubling]");
        assertThatThrownBy(() -> deployment.infer(List.of(Tensor.of(new float[] {0, Float.NaN, 0}, 3)), PATIENT))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("service doubling: no number at 0");

        first.unregister();
        CompletableFuture<InferenceResult> waiting = deployment.submit(input, PATIENT);
        ServiceRegistration<?> second = register(WorkflowTest::twice);
        assertThat(waiting.get(60, TimeUnit.SECONDS).outputs().get(1).toFloats()[0])
                .as("a request that waited for the service")
                .isCloseTo(2 / 3f, within(1e-6f));
        workflows.undeploy("served");
        second.unregister();
    }
}
