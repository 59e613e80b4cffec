// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.scheduler.api.SchedulingPolicy;

@Timeout(60)
class PolicySelectorTest {

    private static final long LONG = TimeUnit.SECONDS.toNanos(50);

    private final PolicySelector selector = new PolicySelector();
    private final SchedulingPolicy eft = policy();
    private final SchedulingPolicy rr = policy();

    /** A policy of its own; a lambda that captures nothing would be the same object every time. */
    private static SchedulingPolicy policy() {
        Object identity = new Object();
        return (ready, pool, costs, assignment) ->
                assertThat(identity).as("never called here").isNull();
    }

    private SchedulingPolicy used() {
        SchedulingPolicy policy = selector.enter();
        selector.leave();
        return policy;
    }

    @Test
    void startsWithTheCoresOwn() {
        assertThat(used()).isSameAs(selector.own()).isInstanceOf(FirstComeFirstServed.class);
        assertThat(selector.status()).containsExactly(new PolicyStatus("fcfs", "the core", -1, true));
    }

    @Test
    void aPolicyThatIsNotConfiguredIsNotUsed() {
        selector.add("eft", "bundle 1", eft);
        assertThat(used()).isSameAs(selector.own());
        assertThat(selector.status())
                .containsExactly(
                        new PolicyStatus("eft", "bundle 1", -1, false), new PolicyStatus("fcfs", "the core", -1, true));
    }

    @Test
    void usesTheFirstPresentOneOfTheOrder() {
        selector.configure(List.of("heft", "eft", "rr"));
        assertThat(used()).isSameAs(selector.own());
        selector.add("rr", "bundle 1", rr);
        assertThat(used()).isSameAs(rr);
        selector.add("eft", "bundle 2", eft);
        assertThat(used()).isSameAs(eft);
        assertThat(selector.status())
                .containsExactly(
                        new PolicyStatus("rr", "bundle 1", 2, false),
                        new PolicyStatus("eft", "bundle 2", 1, true),
                        new PolicyStatus("fcfs", "the core", -1, false));
    }

    @Test
    void followsTheConfiguration() {
        selector.add("eft", "bundle 1", eft);
        selector.add("rr", "bundle 2", rr);
        selector.configure(List.of("rr", "eft"));
        assertThat(used()).isSameAs(rr);
        selector.configure(List.of("eft", "rr"));
        assertThat(used()).isSameAs(eft);
        selector.configure(List.of());
        assertThat(used()).isSameAs(selector.own());
    }

    @Test
    void theCoresOwnCanBePreferred() {
        selector.add("eft", "bundle 1", eft);
        selector.configure(List.of("fcfs", "eft"));
        assertThat(used()).isSameAs(selector.own());
    }

    @Test
    void fallsBackWhenTheUsedOneGoes() {
        selector.configure(List.of("eft", "rr"));
        selector.add("eft", "bundle 1", eft);
        selector.add("rr", "bundle 2", rr);
        assertThat(selector.remove(eft, LONG)).isTrue();
        assertThat(used()).isSameAs(rr);
        assertThat(selector.remove(rr, LONG)).isTrue();
        assertThat(used()).isSameAs(selector.own());
    }

    @Test
    void theNewestOfOneNameWins() {
        SchedulingPolicy newer = policy();
        selector.configure(List.of("eft"));
        selector.add("eft", "bundle 1", eft);
        selector.add("eft", "bundle 2", newer);
        assertThat(used()).isSameAs(newer);
        assertThat(selector.remove(newer, LONG)).isTrue();
        assertThat(used()).as("when the replacement goes again").isSameAs(eft);
    }

    @Test
    void removingWaitsForTheRoundInside() throws InterruptedException {
        selector.configure(List.of("eft"));
        selector.add("eft", "bundle 1", eft);
        AtomicBoolean roundIsOver = new AtomicBoolean();
        AtomicBoolean wasOverWhenRemoved = new AtomicBoolean();
        AtomicReference<Boolean> removed = new AtomicReference<>(false);
        assertThat(selector.enter()).isSameAs(eft);

        Thread remover = new Thread(() -> {
            removed.set(selector.remove(eft, LONG));
            wasOverWhenRemoved.set(roundIsOver.get());
        });
        remover.start();
        // Only once it waits (or did not wait at all) is it time for the round to end.
        while (remover.getState() != Thread.State.TIMED_WAITING && remover.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(selector.status())
                .as("policies for the next round")
                .extracting(PolicyStatus::name)
                .containsExactly("fcfs");
        roundIsOver.set(true);
        selector.leave();
        remover.join();

        assertThat(wasOverWhenRemoved)
                .as("the round was over when remove returned")
                .isTrue();
        assertThat(removed).hasValue(true);
    }

    @Test
    void removingDoesNotWaitForARoundInAnother() {
        selector.configure(List.of("rr"));
        selector.add("eft", "bundle 1", eft);
        selector.add("rr", "bundle 2", rr);
        assertThat(selector.enter()).isSameAs(rr);
        assertThat(selector.remove(eft, LONG)).isTrue();
        selector.leave();
    }

    @Test
    void patienceWithARoundInsideEnds() {
        selector.configure(List.of("eft"));
        selector.add("eft", "bundle 1", eft);
        assertThat(selector.enter()).isSameAs(eft);
        assertThat(selector.remove(eft, 1)).isFalse();
        selector.leave();
        assertThat(used()).isSameAs(selector.own());
    }

    @Test
    void aDiscardedPolicyIsNotUsedUntilItComesAnew() {
        selector.configure(List.of("eft", "rr"));
        selector.add("eft", "bundle 1", eft);
        selector.add("rr", "bundle 2", rr);
        selector.discard(eft, new IllegalStateException("failed on purpose"));
        assertThat(used()).isSameAs(rr);
        selector.add("eft", "bundle 1", eft);
        assertThat(used()).isSameAs(eft);
    }

    @Test
    void theCoresOwnCannotBeDiscarded() {
        selector.discard(selector.own(), new IllegalStateException("failed on purpose"));
        assertThat(used()).isSameAs(selector.own());
        assertThat(selector.status()).hasSize(1);
    }

    /** The claim that remove makes: once it has returned, no round is inside the policy, however rounds and removals meet. */
    @Test
    void noRoundIsInsideAPolicyThatIsGone() throws InterruptedException {
        selector.configure(List.of("swapped"));
        AtomicReference<SchedulingPolicy> gone = new AtomicReference<>(policy());
        AtomicBoolean stop = new AtomicBoolean();
        AtomicBoolean insideGone = new AtomicBoolean();
        Thread rounds = new Thread(() -> {
            while (!stop.get()) {
                SchedulingPolicy goneBefore = gone.get();
                if (selector.enter() == goneBefore) {
                    insideGone.set(true);
                }
                selector.leave();
            }
        });
        rounds.start();
        for (int i = 0; i < 20_000 && !insideGone.get(); i++) {
            SchedulingPolicy policy = policy();
            selector.add("swapped", "test", policy);
            assertThat(selector.remove(policy, LONG)).isTrue();
            gone.set(policy);
        }
        stop.set(true);
        rounds.join();
        assertThat(insideGone).as("a round entered a policy after its removal").isFalse();
    }
}
