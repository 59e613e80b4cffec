// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.runtime.core.deploy.EngineTest.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TenantStatus;
import org.saguaro.runtime.core.tenant.TenantRule;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Deadlines, cancelling, tenants: what a request asks for, and what becomes of it at each stage. */
@Timeout(60)
class RequestTermsTest {

    private static final Settings SETTINGS =
            new Settings(1 << 12, 64, Duration.ofSeconds(20), Duration.ofMillis(400), 4, Optional.empty());

    private final Engine engine = new Engine(SETTINGS);
    private final FakePe pe = FakePe.cpu("cpu0");

    @AfterEach
    void close() {
        engine.close();
    }

    /** Two chains side by side. */
    private static LayerGraph pair() {
        GraphSketch net = new GraphSketch("pair");
        int x = net.input(2);
        return net.outputs(net.relu(net.relu(x)), net.relu(net.relu(x)));
    }

    private Deployment deploy() throws Exception {
        engine.addPe(pe);
        return engine.deploy(pair(), new DeployOptions("pair", Granularity.LAYER));
    }

    private static List<Tensor> input() {
        return List.of(Tensor.of(new float[] {1, -1}, 2));
    }

    private static void assertRight(InferenceResult result) {
        assertThat(result.outputs())
                .hasSize(2)
                .allSatisfy(output -> assertThat(output.toFloats()).containsExactly(1, 0));
    }

    private TenantStatus tenant(String name) {
        return engine.tenants().stream()
                .filter(tenant -> tenant.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static RequestException failure(CompletableFuture<InferenceResult> request) throws Exception {
        try {
            request.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RequestException failure) {
                return failure;
            }
            throw e;
        }
        throw new AssertionError("the request succeeded");
    }

    // --- deadlines ---

    @Test
    void aHardDeadlineEndsTheRequestAndSaysWhatItWaitedFor() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        CompletableFuture<InferenceResult> request =
                deployment.submit(input(), RequestOptions.DEFAULT.withHardDeadline(Duration.ofMillis(60)));
        RequestException failure = failure(request);
        assertThat(failure.category()).isEqualTo(Category.DEADLINE);
        assertThat(failure).hasMessageContaining("no result within 60 ms, its hard deadline: task ");
        pe.release(hold);
        assertRight(deployment.infer(input()));
        assertThat(tenant("default").dropped()).isEqualTo(1);
        assertThat(tenant("default").failed()).isEqualTo(1);
        assertThat(tenant("default").completed()).isEqualTo(1);
    }

    @Test
    void theEarlierOfTimeOutAndHardDeadlineCounts() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        RequestOptions options = new RequestOptions(Duration.ofMillis(50)).withHardDeadline(Duration.ofDays(400_000));
        RequestException failure = failure(deployment.submit(input(), options));
        assertThat(failure.category()).isEqualTo(Category.TIMEOUT);
        assertThat(failure).hasMessageContaining("no result within 50 ms: task ");
        pe.release(hold);
        assertRight(deployment.infer(input(), options.withTimeout(Duration.ofDays(400_000))));
    }

    // --- cancelling ---

    @Test
    void aRequestThatWaitsForAPeIsCancelled() throws Exception {
        Deployment deployment = deploy();
        engine.removePe(pe);
        CompletableFuture<InferenceResult> request = deployment.submit(input(), RequestOptions.DEFAULT);
        assertThat(request.cancel(true)).isTrue();
        assertCancelled(request);
        engine.addPe(FakePe.cpu("cpu1"));
        assertRight(deployment.infer(input()));
        assertThat(tenant("default").inFlight()).isZero();
        assertThat(tenant("default").failed()).isEqualTo(1);
    }

    @Test
    void aQueuedRequestIsTakenOutOfTheQueueAtOnce() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        CompletableFuture<InferenceResult> running = deployment.submit(input(), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<InferenceResult> queued = deployment.submit(input(), RequestOptions.DEFAULT);
        assertThat(engine.processingElements().get(0).queuedTasks()).isEqualTo(4);
        assertThat(queued.cancel(false)).isTrue();
        assertCancelled(queued);
        assertThat(engine.processingElements().get(0).queuedTasks())
                .as("the first request's tasks")
                .isEqualTo(2);
        pe.release(hold);
        assertRight(running.get(20, TimeUnit.SECONDS));
        assertThat(pe.executions).as("kernels run").hasValue(4);
    }

    @Test
    void aRunningKernelFinishesForNobody() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        CompletableFuture<InferenceResult> request = deployment.submit(input(), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(request.cancel(true)).isTrue();
        assertCancelled(request);
        assertThat(engine.processingElements().get(0).queuedTasks())
                .as("what runs")
                .isEqualTo(1);
        pe.release(hold);
        await(() -> engine.processingElements().get(0).queuedTasks() == 0);
        assertThat(pe.executions).as("kernels run").hasValue(1);
        assertRight(deployment.infer(input()));
    }

    @Test
    void whatHasEndedCannotBeCancelled() throws Exception {
        Deployment deployment = deploy();
        CompletableFuture<InferenceResult> request = deployment.submit(input(), RequestOptions.DEFAULT);
        assertRight(request.get(20, TimeUnit.SECONDS));
        assertThat(request.cancel(true)).isFalse();
        assertThat(request.isCancelled()).isFalse();
        assertThat(tenant("default").completed()).isEqualTo(1);
    }

    @Test
    void whatIsMadeOfTheFutureCancelsNothing() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        CompletableFuture<InferenceResult> request = deployment.submit(input(), RequestOptions.DEFAULT);
        assertThat(request.thenApply(InferenceResult::latency).cancel(true)).isTrue();
        pe.release(hold);
        assertRight(request.get(20, TimeUnit.SECONDS));
    }

    /** Cancelled whenever: afterwards every request has ended once, and every buffer serves the next. */
    @Test
    void cancellingAtAnyMomentLeavesNothingBehind() throws Exception {
        Deployment deployment = deploy();
        engine.addPe(FakePe.cpu("cpu1"));
        int cancelled = 0;
        for (int i = 0; i < 400; i++) {
            CompletableFuture<InferenceResult> request = deployment.submit(input(), RequestOptions.DEFAULT);
            for (int spin = 0; spin < i * 20; spin++) {
                Thread.onSpinWait();
            }
            if (request.cancel(true)) {
                cancelled++;
            } else {
                assertRight(request.get(20, TimeUnit.SECONDS));
            }
        }
        TenantStatus tenant = tenant("default");
        assertThat(tenant.failed()).as("cancelled").isEqualTo(cancelled);
        assertThat(tenant.completed()).isEqualTo(400L - cancelled);
        assertThat(tenant.inFlight()).isZero();
        await(() -> engine.processingElements().stream().allMatch(p -> p.queuedTasks() == 0));
        assertRight(deployment.infer(input()));
    }

    private static void assertCancelled(CompletableFuture<InferenceResult> request) {
        assertThat(request).isCancelled();
        assertThatThrownBy(request::get).isInstanceOf(CancellationException.class);
    }

    // --- tenants ---

    @Test
    void aTenantOverItsBoundIsRefusedAndOthersAreNot() throws Exception {
        Deployment deployment = deploy();
        engine.configureTenants(TenantRule.parse(List.of("camera:3:2")), 8);
        FakePe.Hold hold = pe.hold();
        RequestOptions camera = RequestOptions.DEFAULT.withTenant("camera");
        List<CompletableFuture<InferenceResult>> accepted = new ArrayList<>();
        accepted.add(deployment.submit(input(), camera));
        accepted.add(deployment.submit(input(), camera));
        RequestException refused = failure(deployment.submit(input(), camera));
        assertThat(refused.category()).isEqualTo(Category.REJECTED);
        assertThat(refused).hasMessageContaining("tenant 'camera' has 2 requests in flight already and may have 2");
        accepted.add(deployment.submit(input(), RequestOptions.DEFAULT));
        pe.release(hold);
        for (CompletableFuture<InferenceResult> request : accepted) {
            assertRight(request.get(20, TimeUnit.SECONDS));
        }
        assertThat(tenant("camera").refused()).isEqualTo(1);
        assertThat(tenant("camera").completed()).isEqualTo(2);
        assertThat(engine.statistics().get(0).rejected()).isEqualTo(1);
        assertRight(deployment.infer(input(), camera));
    }

    @Test
    void whatADeploymentRefusesCountsForNoTenant() throws Exception {
        Deployment deployment = deploy();
        FakePe.Hold hold = pe.hold();
        List<CompletableFuture<InferenceResult>> accepted = new ArrayList<>();
        for (int i = 0; i < SETTINGS.requestsInFlight(); i++) {
            accepted.add(deployment.submit(input(), RequestOptions.DEFAULT));
        }
        assertThat(failure(deployment.submit(input(), RequestOptions.DEFAULT)))
                .hasMessageContaining("64 requests are in flight already")
                .hasMessageContaining("64 of all in flight are of tenant 'default'");
        assertThat(tenant("default").submitted()).isEqualTo(64);
        pe.release(hold);
        for (CompletableFuture<InferenceResult> request : accepted) {
            assertRight(request.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void theTimeOfPesIsOnTheTenantsAccount() throws Exception {
        Deployment deployment = deploy();
        for (int i = 0; i < 3; i++) {
            deployment.infer(input(), RequestOptions.DEFAULT.withTenant("a"));
        }
        deployment.infer(input(), RequestOptions.DEFAULT.withTenant("b"));
        assertThat(tenant("a").peNanos()).isPositive();
        assertThat(tenant("a").peNanos() + tenant("b").peNanos())
                .isEqualTo(engine.processingElements().get(0).busyNanos());
        assertThat(tenant("a").peShare() + tenant("b").peShare()).isBetween(0.999, 1.001);
        assertThat(tenant("default").peShare()).isZero();
    }

    // --- what policies see and do ---

    /** What a policy saw of a task. */
    private record Seen(int tenant, double weight, int priority, long softAfter, long hardAfter, double value) {

        static Seen of(ReadyTask task) {
            return new Seen(
                    task.tenant(),
                    task.tenantWeight(),
                    task.priority(),
                    after(task, task.softDeadlineNanos()),
                    after(task, task.hardDeadlineNanos()),
                    task.value());
        }

        private static long after(ReadyTask task, long deadline) {
            return deadline == ReadyTask.NO_DEADLINE ? -1 : (deadline - task.submittedNanos()) / 1_000_000;
        }
    }

    private void use(SchedulingPolicy policy) {
        engine.addPolicy("under-test", "test", policy);
        engine.configurePolicies(List.of("under-test"));
    }

    @Test
    void policiesSeeWhatTheRequestSays() throws Exception {
        Deployment deployment = deploy();
        engine.configureTenants(TenantRule.parse(List.of("camera:2.5:4")), 8);
        ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
        use((ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                seen.add(Seen.of(ready.get(task)));
                assignment.assign(task, 0);
            }
        });
        deployment.infer(input());
        assertThat(seen).hasSize(4).containsOnly(new Seen(0, 1, 0, -1, -1, 1));
        seen.clear();
        RequestOptions options = RequestOptions.DEFAULT
                .withTenant("camera")
                .withPriority(7)
                .withHardDeadline(Duration.ofSeconds(9))
                .withValue(4.5);
        deployment.infer(input(), options);
        assertThat(seen)
                .as("without a soft deadline the value is the same until the hard one")
                .containsOnly(new Seen(1, 2.5, 7, 9_000, 9_000, 4.5));
        seen.clear();
        deployment.infer(input(), options.withSoftDeadline(Duration.ofSeconds(2)));
        assertThat(seen).containsOnly(new Seen(1, 2.5, 7, 2_000, 9_000, 4.5));
    }

    @Test
    void aDroppedRequestFailsAtOnceWithAllItsTasks() throws Exception {
        Deployment deployment = deploy();
        // Gives up one of the two first tasks, and places the other in the same round.
        use((ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                if (task == 0 && ready.get(task).hardDeadlineNanos() != ReadyTask.NO_DEADLINE) {
                    assignment.drop(task);
                } else {
                    assignment.assign(task, 0);
                }
            }
        });
        RequestOptions hopeless = RequestOptions.DEFAULT.withHardDeadline(Duration.ofSeconds(10));
        RequestException failure = failure(deployment.submit(input(), hopeless));
        assertThat(failure.category()).isEqualTo(Category.DEADLINE);
        assertThat(failure)
                .hasMessageContaining("dropped by the scheduling policy")
                .hasMessageContaining("its hard deadline at 10000 ms");
        assertRight(deployment.infer(input()));
        assertThat(engine.policies())
                .as("the policy is still used")
                .anyMatch(p -> p.active() && p.name().equals("under-test"));
        assertThat(tenant("default").dropped()).isEqualTo(1);
        await(() -> engine.processingElements().get(0).queuedTasks() == 0);
        assertThat(pe.executions).as("kernels run, all for the second request").hasValue(4);
    }

    @Test
    void aPolicyMayNotDropWhatHasNoHardDeadline() throws Exception {
        Deployment deployment = deploy();
        use((ready, pool, costs, assignment) -> assignment.drop(0));
        assertRight(deployment.infer(input()));
        assertThat(engine.policies())
                .as("the policy is not used any more")
                .noneMatch(p -> p.active() && p.name().equals("under-test"));
    }

    @Test
    void whatAPolicyThatFailsHasDroppedIsNot() throws Exception {
        Deployment deployment = deploy();
        use((ready, pool, costs, assignment) -> {
            assignment.drop(0);
            throw new IllegalStateException("fails as it was told to");
        });
        assertRight(deployment.infer(input(), RequestOptions.DEFAULT.withHardDeadline(Duration.ofSeconds(10))));
    }
}
