// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TensorService;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;

/** Workflows on a real engine: deployed, computed, adjusted while requests run. */
@Timeout(120)
class WorkflowManagerTest {

    private static final Settings SETTINGS =
            new Settings(1 << 12, 256, Duration.ofSeconds(20), Duration.ofSeconds(5), 4, Optional.empty());
    private static final int SIZE = 8;

    private final Engine engine = new Engine(SETTINGS);
    private final WorkflowManager workflows = new WorkflowManager(engine);

    @BeforeEach
    void start() throws Exception {
        engine.addPe(new ReferenceProcessingElement("cpu0"));
        engine.addPe(new ReferenceProcessingElement("cpu1"));
        for (int factor : new int[] {2, 3, 5, 7}) {
            engine.deploy(times(factor), DeployOptions.named("times" + factor));
        }
    }

    @AfterEach
    void stop() {
        workflows.close();
        engine.close();
    }

    /** A model that multiplies by a weight. */
    private static LayerGraph times(int factor) {
        LayerGraph.Builder model = new LayerGraph.Builder("times" + factor);
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, SIZE);
        int x = model.addInput("x", spec);
        float[] weights = new float[SIZE];
        Arrays.fill(weights, factor);
        int w = model.addWeight("w", "factor", Weight.Kind.PARAMETER, Tensor.of(weights, SIZE));
        int y = model.addValue("mul", spec);
        model.addLayer(new Layer(
                "mul",
                OpName.parse("aten.mul.Tensor"),
                List.of(
                        NamedArgument.read("self", new Argument.Ref(x)),
                        NamedArgument.read("other", new Argument.Ref(w))),
                List.of(y),
                "inner"));
        return model.addOutput(new Argument.Ref(y)).build();
    }

    private static WorkflowSource chain(String name, String... stages) {
        return Descriptions.source(Descriptions.chain(name, "float32[" + SIZE + "]", stages));
    }

    private static Tensor input(float value) {
        float[] values = new float[SIZE];
        Arrays.fill(values, value);
        return Tensor.of(values, SIZE);
    }

    private float compute(String workflow, float value) throws Exception {
        return engine.deployment(workflow)
                .orElseThrow()
                .infer(List.of(input(value)))
                .outputs()
                .get(0)
                .toFloats()[0];
    }

    @Test
    void isOneDeploymentThatComputesItsStages() throws Exception {
        WorkflowStatus status = workflows.deploy(chain("six", "\"model\": \"times2\"", "\"model\": \"times3\""));
        assertThat(status.version()).isEqualTo(1);
        assertThat(status.stages()).extracting(WorkflowStatus.Stage::layers).containsExactly(1, 1);
        assertThat(compute("six", 7)).isEqualTo(42);
        assertThat(engine.deployments()).extracting(Deployment::name).contains("six");
        Deployment deployment = engine.deployment("six").orElseThrow();
        assertThat(deployment.placement().layers())
                .extracting(layer -> layer.name() + " " + layer.path() + " " + layer.runs())
                .containsExactly("s0/mul s0/inner 1", "s1/mul s1/inner 1");
        assertThat(deployment.model().weights()).extracting(Weight::name).containsExactly("s0.factor", "s1.factor");
    }

    @Test
    void sharesItsModelsWeights() throws Exception {
        workflows.deploy(chain("six", "\"model\": \"times2\"", "\"model\": \"times2\""));
        Tensor own = engine.deployment("times2")
                .orElseThrow()
                .model()
                .weights()
                .iterator()
                .next()
                .data();
        assertThat(engine.deployment("six").orElseThrow().model().weights())
                .hasSize(2)
                .allSatisfy(weight -> assertThat(weight.data()).isSameAs(own));
    }

    @Test
    void adjustsByEdits() throws Exception {
        workflows.deploy(chain("w", "\"model\": \"times2\"", "\"model\": \"times3\""));
        assertThat(workflows
                        .edit("w", List.of(new WorkflowEdit.ReplaceModel("s0", "times5")))
                        .version())
                .isEqualTo(2);
        assertThat(compute("w", 1)).as("5 * 3").isEqualTo(15);
        workflows.edit(
                "w",
                List.of(new WorkflowEdit.Insert(
                        "{\"id\": \"seven\", \"model\": \"times7\", \"inputs\": [\"s0\"]}", "")));
        assertThat(compute("w", 1)).as("5 * 7 * 3").isEqualTo(105);
        workflows.edit("w", List.of(new WorkflowEdit.Remove("s0")));
        assertThat(compute("w", 1)).as("7 * 3").isEqualTo(21);
        workflows.edit(
                "w", List.of(new WorkflowEdit.Route("s1", 0, "x"), new WorkflowEdit.Route("outputs", 1, "seven")));
        assertThat(compute("w", 1)).as("3, and 7 as another output").isEqualTo(3);
        assertThat(workflows.workflow("w").orElseThrow().version()).isEqualTo(5);
        assertThat(engine.statistics().stream()
                        .filter(s -> s.name().equals("w"))
                        .findFirst()
                        .orElseThrow()
                        .completed())
                .as("requests of all versions")
                .isEqualTo(4);
    }

    @Test
    void nothingChangesIfTheNextVersionIsWrong() throws Exception {
        workflows.deploy(chain("w", "\"model\": \"times2\""));
        assertThatThrownBy(() -> workflows.edit("w", List.of(new WorkflowEdit.ReplaceModel("s0", "times9"))))
                .isInstanceOf(WorkflowException.class)
                .hasMessageContaining("w version 2 (edited):")
                .hasMessageContaining("stages[0].model: found no deployment 'times9', expected one of [times2,");
        assertThatThrownBy(
                        () -> workflows.adjust(chain("w", "\"service\": \"nobody\", \"outputs\": [{\"name\": \"y\"}]")))
                .isInstanceOf(WorkflowException.class)
                .hasMessageContaining("nobody")
                .hasMessageContaining("version 1 goes on");
        assertThatThrownBy(() -> workflows.adjust(chain("w", "\"model\": \"w\"")))
                .hasMessageContaining("found the workflow's own name 'w'");
        assertThatThrownBy(() -> workflows.adjust(
                        Descriptions.source(Descriptions.chain("w", "float32[9]", "\"model\": \"times2\""))))
                .hasMessageContaining(
                        "stages[0].inputs[0]: found x, float32[9], expected float32[8], which stage s0 takes as x");
        assertThat(workflows.workflow("w").orElseThrow().version()).isEqualTo(1);
        assertThat(compute("w", 4)).isEqualTo(8);
    }

    @Test
    void keepsTheModelsItWasCompiledWith() throws Exception {
        workflows.deploy(chain("w", "\"model\": \"times2\"", "\"model\": \"times3\""));
        engine.deployment("times2").orElseThrow().close();
        assertThat(compute("w", 1)).isEqualTo(6);
        workflows.edit("w", List.of(new WorkflowEdit.ReplaceModel("s1", "times5")));
        assertThat(compute("w", 1)).as("times2 is gone, its stage stays").isEqualTo(10);
        engine.deploy(times(7), DeployOptions.named("times2"));
        assertThat(compute("w", 1))
                .as("another model of its name changes nothing")
                .isEqualTo(10);
        workflows.edit("w", List.of(new WorkflowEdit.ReplaceModel("s1", "times3")));
        assertThat(compute("w", 1)).as("until it is adjusted").isEqualTo(21);
    }

    @Test
    void closingTheDeploymentUndeploysTheWorkflow() throws Exception {
        workflows.deploy(chain("w", "\"model\": \"times2\""));
        engine.deployment("w").orElseThrow().close();
        assertThat(workflows.workflows()).isEmpty();
        workflows.deploy(chain("w", "\"model\": \"times3\""));
        assertThat(compute("w", 1)).isEqualTo(3);
        workflows.undeploy("w");
        assertThat(engine.deployment("w")).isEmpty();
        assertThatThrownBy(() -> workflows.undeploy("w")).hasMessageContaining("found no workflow 'w'");
    }

    /** Each version multiplies twice by its own number: an answer that mixes two versions is no square. */
    @Test
    void everyRequestIsComputedByOneVersionWhileItIsAdjusted() throws Exception {
        int[] factors = {2, 3, 5, 7};
        workflows.deploy(chain("w", "\"model\": \"times2\"", "\"model\": \"times2\"", "\"model\": \"times2\""));
        Deployment deployment = engine.deployment("w").orElseThrow();
        AtomicBoolean stopping = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread client = new Thread(() -> {
                for (int n = 1; !stopping.get(); n = n % 1000 + 1) {
                    try {
                        CompletableFuture<InferenceResult> beside =
                                deployment.submit(List.of(input(1)), RequestOptions.DEFAULT);
                        float found = deployment
                                        .infer(List.of(input(n)))
                                        .outputs()
                                        .get(0)
                                        .toFloats()[0]
                                / n;
                        float other = beside.get().outputs().get(0).toFloats()[0];
                        for (float result : new float[] {found, other}) {
                            if (Arrays.stream(factors).noneMatch(f -> f * f * f == result)) {
                                faults.add("found " + result + ", expected the cube of one version's number");
                            }
                        }
                        answered.incrementAndGet();
                    } catch (Exception e) {
                        faults.add(e.toString());
                        return;
                    }
                }
            });
            client.start();
            clients.add(client);
        }
        try {
            for (int i = 0; i < 50; i++) {
                String model = "\"model\": \"times" + factors[i % factors.length] + "\"";
                workflows.adjust(chain("w", model, model, model));
                int goal = answered.get() + 5;
                while (answered.get() < goal && faults.isEmpty()) {
                    Thread.onSpinWait();
                }
            }
        } finally {
            stopping.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(faults).isEmpty();
        assertThat(answered.get()).isGreaterThanOrEqualTo(250);
        assertThat(workflows.workflow("w").orElseThrow().version()).isEqualTo(51);
    }

    /** Holds calls back until it is released. */
    private static final class Gate implements TensorService {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        @Override
        public List<Tensor> call(List<Tensor> inputs) throws Exception {
            entered.countDown();
            released.await();
            return List.of(Tensor.of(inputs.get(0).toFloats(), SIZE));
        }
    }

    private static final String GATE =
            "\"service\": \"gate\", \"outputs\": [{\"name\": \"y\", \"type\": \"float32[" + SIZE + "]\"}]";

    @Test
    void requestsInFlightFinishOnTheVersionTheyStartedWith() throws Exception {
        Gate gate = new Gate();
        engine.addPe(new ServicePe("gate", "service-gate", gate));
        workflows.deploy(chain("w", GATE, "\"model\": \"times2\""));
        Deployment deployment = engine.deployment("w").orElseThrow();
        CompletableFuture<InferenceResult> early = deployment.submit(List.of(input(1)), RequestOptions.DEFAULT);
        gate.entered.await();
        WorkflowStatus next = workflows.adjust(chain("w", "\"model\": \"times7\""));
        assertThat(next.retiring()).as("versions with requests in flight").isEqualTo(1);
        assertThat(compute("w", 1)).as("a request after the adjustment").isEqualTo(7);
        assertThat(early).as("the request before it").isNotDone();
        gate.released.countDown();
        assertThat(early.get().outputs().get(0).toFloats()[0]).isEqualTo(2);
    }

    @Test
    void aServiceThatBlocksHoldsUpNobodyElse() throws Exception {
        Gate gate = new Gate();
        engine.addPe(new ServicePe("gate", "service-gate", gate));
        workflows.deploy(chain("slow", GATE));
        workflows.deploy(chain("quick", "\"model\": \"times3\""));
        CompletableFuture<InferenceResult> slow =
                engine.deployment("slow").orElseThrow().submit(List.of(input(1)), RequestOptions.DEFAULT);
        gate.entered.await();
        assertThat(compute("quick", 5)).isEqualTo(15);
        assertThat(slow).isNotDone();
        gate.released.countDown();
        assertThat(slow.get().outputs().get(0).toFloats()[0]).isEqualTo(1);
    }

    @Test
    void whatAServiceThrowsOrReturnsWronglyFailsTheRequest() throws Exception {
        engine.addPe(new ServicePe("moody", "service-moody", inputs -> {
            float value = inputs.get(0).toFloats()[0];
            if (value < 0) {
                throw new IllegalStateException("no negative numbers today");
            }
            return value == 0 ? List.of() : List.of(Tensor.of(new float[] {value}, 1));
        }));
        workflows.deploy(
                chain("w", "\"service\": \"moody\", \"outputs\": [{\"name\": \"y\", \"type\": \"float32[1]\"}]"));
        assertThat(compute("w", 3)).isEqualTo(3);
        assertThatThrownBy(() -> compute("w", -1))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("service moody: no negative numbers today");
        assertThatThrownBy(() -> compute("w", 0))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("service moody returned 0 tensors, expected 1 as the workflow says");
        assertThat(compute("w", 4)).as("the service is used as before").isEqualTo(4);
    }

    @Test
    void requestsWaitForAServiceThatIsAway() throws Exception {
        ServicePe first = new ServicePe(
                "echo",
                "service-echo",
                inputs -> List.of(Tensor.of(inputs.get(0).toFloats(), SIZE)));
        engine.addPe(first);
        workflows.deploy(chain(
                "w",
                "\"service\": \"echo\", \"outputs\": [{\"name\": \"y\", \"type\": \"float32[8]\"}]",
                "\"model\": \"times2\""));
        assertThat(compute("w", 1)).isEqualTo(2);
        engine.removePe(first);
        CompletableFuture<InferenceResult> waiting =
                engine.deployment("w").orElseThrow().submit(List.of(input(3)), RequestOptions.DEFAULT);
        assertThat(compute("times3", 1)).as("others go on").isEqualTo(3);
        assertThat(waiting).isNotDone();
        engine.addPe(new ServicePe(
                "echo",
                "service-echo",
                inputs -> List.of(Tensor.of(inputs.get(0).toFloats(), SIZE))));
        assertThat(waiting.get().outputs().get(0).toFloats()[0]).isEqualTo(6);
    }

    @Test
    void aServiceNeedNotSayWhatItReturns() throws Exception {
        engine.addPe(new ServicePe("echo", "service-echo", inputs -> List.of(inputs.get(0), inputs.get(0))));
        workflows.deploy(Descriptions.source("""
                {"workflow": "w", "inputs": [{"name": "x", "type": "float32[8]"}],
                 "stages": [{"id": "a", "service": "echo", "inputs": ["x"], "outputs": [{"name": "l"}, {"name": "r"}]},
                            {"id": "b", "service": "echo", "inputs": ["a.r"], "outputs": [{"name": "l"}, {"name": "r"}]}],
                 "outputs": ["a.l", "b.r"]}
                """));
        Deployment deployment = engine.deployment("w").orElseThrow();
        for (int i = 0; i < 3; i++) {
            assertThat(deployment.infer(List.of(input(i))).outputs())
                    .extracting(output -> output.toFloats()[7])
                    .containsExactly((float) i, (float) i);
        }
    }

    @Test
    void checksWithoutDeploying() throws Exception {
        assertThat(workflows.check(chain("w", "\"model\": \"times2\"")).stages())
                .extracting(WorkflowStatus.Stage::outputs)
                .containsExactly(List.of("mul float32[8]"));
        assertThat(engine.deployment("w")).isEmpty();
        WorkflowSource missing = new WorkflowSource(
                Descriptions.chain("w", "float32[8]", "\"file\": \"gone.pt2\""), "w.json", Path.of("nowhere"));
        assertThatThrownBy(() -> workflows.check(missing))
                .hasMessageStartingWith("w.json:4:")
                .hasMessageContaining("stages[0].file: found no file nowhere/gone.pt2");
    }
}
