// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.experiments.Policies.Lease;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

@Timeout(60)
class PolicyShelfTest {

    private static final class Idle implements SchedulingPolicy {
        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {}
    }

    /** New instances, or one. */
    private static final class Maker implements PolicyShelf.Source {
        private final @Nullable SchedulingPolicy one;
        private final List<SchedulingPolicy> givenBack = new ArrayList<>();

        Maker(@Nullable SchedulingPolicy one) {
            this.one = one;
        }

        @Override
        public boolean areMany() {
            return one == null;
        }

        @Override
        public SchedulingPolicy take() {
            return one == null ? new Idle() : one;
        }

        @Override
        public void giveBack(SchedulingPolicy policy) {
            givenBack.add(policy);
        }
    }

    private final PolicyShelf shelf = new PolicyShelf();

    @Test
    void everyLeaseOfAPrototypeIsAnInstanceOfItsOwn() {
        Maker maker = new Maker(null);
        shelf.add("eft", "service 1", maker);

        Lease first = shelf.create("eft");
        Lease second = shelf.create("eft");
        first.close();
        first.close();

        assertThat(first.policy()).isNotSameAs(second.policy());
        assertThat(maker.givenBack).containsExactly(first.policy());
    }

    @Test
    void theOnlyInstanceIsLentToOneAtATime() {
        SchedulingPolicy only = new Idle();
        shelf.add("mine", "service 1", new Maker(only));
        Lease first = shelf.create("mine");
        CountDownLatch asking = new CountDownLatch(1);
        List<String> order = new ArrayList<>();

        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
            asking.countDown();
            try (Lease second = shelf.create("mine")) {
                synchronized (order) {
                    order.add("second has " + (second.policy() == only));
                }
            }
        });
        assertThat(asking).satisfies(CountDownLatch::await);
        synchronized (order) {
            order.add("first still has it");
        }
        first.close();
        other.join();

        assertThat(order).containsExactly("first still has it", "second has true");
    }

    @Test
    void whoWaitsCanBeInterrupted() {
        shelf.add("mine", "service 1", new Maker(new Idle()));
        try (Lease first = shelf.create("mine")) {
            assertThat(first.policy()).isNotNull();
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> shelf.create("mine"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("waiting for the policy mine");
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void theOneThatCameLastIsTaken() {
        SchedulingPolicy old = new Idle();
        SchedulingPolicy replacement = new Idle();
        shelf.add("mine", "service 1", new Maker(old));
        shelf.add("mine", "service 2", new Maker(replacement));

        try (Lease lease = shelf.create("mine")) {
            assertThat(lease.policy()).isSameAs(replacement);
        }
        shelf.remove("service 2");
        try (Lease lease = shelf.create("mine")) {
            assertThat(lease.policy()).isSameAs(old);
        }
    }

    @Test
    void namesAreSortedAndAnUnknownOneIsToldWhichThereAre() {
        shelf.add("rr", "service 1", new Maker(null));
        shelf.add("eft", "service 2", new Maker(null));
        shelf.add("rr", "service 3", new Maker(null));

        assertThat(shelf.names()).containsExactly("eft", "rr");
        assertThatThrownBy(() -> shelf.create("efd"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("found no policy 'efd', expected one of: eft, rr");
    }
}
