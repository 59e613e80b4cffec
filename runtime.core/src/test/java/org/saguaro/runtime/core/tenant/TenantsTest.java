// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.TenantStatus;

class TenantsTest {

    private final Tenants tenants = new Tenants(2, 3);

    private TenantStatus status(String name) {
        return tenants.status().stream()
                .filter(tenant -> tenant.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theDefaultTenantIsNumberZero() throws RequestException {
        Tenant other = tenants.enter("other");
        assertThat(tenants.enter("default").number()).isZero();
        assertThat(other.number()).isEqualTo(1);
        assertThat(other.weight()).isEqualTo(1);
    }

    @Test
    void refusesOverTheBoundWithFigures() throws RequestException {
        tenants.enter("a");
        Tenant second = tenants.enter("a");
        assertThatThrownBy(() -> tenants.enter("a"))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.category()).isEqualTo(RequestException.Category.REJECTED))
                .hasMessageContaining("tenant 'a' has 2 requests in flight already and may have 2");
        assertThat(tenants.enter("b").inFlight())
                .as("another one is not hindered")
                .isEqualTo(1);
        second.completed();
        assertThat(tenants.enter("a").inFlight()).isEqualTo(2);
        TenantStatus a = status("a");
        assertThat(a.submitted()).isEqualTo(3);
        assertThat(a.completed()).isEqualTo(1);
        assertThat(a.refused()).isEqualTo(1);
    }

    @Test
    void countsWhatBecameOfRequests() throws RequestException {
        tenants.enter("a").failed(RequestException.Category.DEADLINE);
        tenants.enter("a").failed(RequestException.Category.CANCELLED);
        tenants.enter("a").withdraw();
        Tenant a = tenants.enter("a");
        a.usedPe(300);
        tenants.enter("default").usedPe(100);
        assertThat(status("a")).isEqualTo(new TenantStatus("a", false, 1, 2, 1, 3, 0, 2, 0, 1, 300, 0.75));
    }

    @Test
    void rulesChangeWhileRequestsAreInFlight() throws RequestException {
        Tenant a = tenants.enter("a");
        tenants.configure(TenantRule.parse(List.of("a:2.5:1", "idle:4:7")), 5);
        assertThat(a.weight()).isEqualTo(2.5);
        assertThatThrownBy(() -> tenants.enter("a")).hasMessageContaining("may have 1");
        assertThat(tenants.status()).extracting(TenantStatus::name).containsExactly("a", "default", "idle");
        assertThat(status("default").bound()).isEqualTo(5);
        tenants.configure(List.of(), 5);
        assertThat(a.weight()).isEqualTo(1);
        assertThat(a.bound()).isEqualTo(5);
    }

    @Test
    void forgetsWhoWasIdleLongestAndGivesItsNumberAgain() throws RequestException {
        tenants.configure(TenantRule.parse(List.of("kept:1:1")), 2);
        Tenant busy = tenants.enter("busy");
        Tenant first = tenants.enter("first");
        first.completed();
        tenants.enter("second").completed();
        Tenant fourth = tenants.enter("fourth");
        assertThat(fourth.number()).isEqualTo(first.number());
        assertThat(tenants.status())
                .extracting(TenantStatus::name)
                .containsExactly("busy", "default", "fourth", "kept", "second");
        assertThat(busy.number()).as("of who has requests in flight").isNotEqualTo(fourth.number());
    }

    @Test
    void refusesANewTenantWhileNoneCanBeForgotten() throws RequestException {
        for (int i = 0; i < 3; i++) {
            tenants.enter("tenant" + i);
        }
        assertThatThrownBy(() -> tenants.enter("one more"))
                .hasMessageContaining("3 tenants that are not configured have requests in flight")
                .hasMessageContaining("configure 'one more'");
        assertThat(tenants.enter("tenant1").inFlight()).isEqualTo(2);
    }

    @Test
    void refusesNamesThatAreTexts() {
        assertThatThrownBy(() -> tenants.enter("x".repeat(129))).hasMessageContaining("129 characters");
    }

    /** Whatever clients call themselves: so many are remembered, with small numbers of their own. */
    @Property
    void remembersSoMany(@ForAll @Size(max = 60) List<@IntRange(max = 9) Integer> names) throws RequestException {
        Tenants bounded = new Tenants(2, 3);
        List<Tenant> inFlight = new ArrayList<>();
        for (int name : names) {
            // The third and later of a name end at once.
            Tenant tenant = bounded.enter("tenant" + name);
            if (name < 2 && tenant.inFlight() == 1) {
                inFlight.add(tenant);
            } else {
                tenant.completed();
            }
            assertThat(tenant.number()).isBetween(0, 3);
            assertThat(inFlight)
                    .filteredOn(other -> other.number() == tenant.number())
                    .allMatch(other -> other == tenant);
        }
        assertThat(bounded.status()).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void neverMoreThanTheBoundFromManyThreads() throws InterruptedException {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger now = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread client = new Thread(() -> {
                for (int n = 0; n < 2_000; n++) {
                    try {
                        Tenant tenant = tenants.enter("a");
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        now.decrementAndGet();
                        tenant.completed();
                    } catch (RequestException e) {
                        assertThat(e.category()).isEqualTo(RequestException.Category.REJECTED);
                    }
                }
            });
            client.start();
            clients.add(client);
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(most).hasValueLessThanOrEqualTo(2);
        assertThat(status("a").inFlight()).isZero();
        assertThat(status("a").submitted() + status("a").refused()).isEqualTo(8_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "camera; expected name:weight:bound",
                "camera:1; expected name:weight:bound",
                "camera:x:1; weight or bound is no number",
                "camera:1:x; weight or bound is no number",
                "camera:0:1; the weight of tenant camera must be positive, found 0.0",
                "camera:NaN:1; must be positive",
                "camera:1:0; the bound of tenant camera must be at least 1, found 0",
                "' :1:1'; needs a name"
            })
    void namesTheEntryThatIsNoRule(String entry, String expected) {
        assertThatThrownBy(() -> TenantRule.parse(List.of("ok:1:1", entry)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tenants: found '" + entry.strip() + "'")
                .hasMessageContaining(expected);
    }

    @Test
    void namesTheSecondOfTwoRulesForOne() {
        assertThatThrownBy(() -> TenantRule.parse(List.of("a:1:1", "", "a:2:2")))
                .hasMessageContaining("two entries are for 'a'");
        assertThat(TenantRule.parse(List.of(" a:b:1.5:3 "))).containsExactly(new TenantRule("a:b", 1.5, 3));
    }
}
