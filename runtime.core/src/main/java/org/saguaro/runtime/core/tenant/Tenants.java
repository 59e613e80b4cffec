// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.tenant;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TenantStatus;

/**
 * All tenants: those configured, and those that requests name. Of the latter only so many are remembered: in the place of the one that
 * was idle longest comes the new one, so a client that makes up names uses up nothing. Thread-safe; a known tenant enters without a
 * lock.
 */
public final class Tenants {

    private static final int LONGEST_NAME = 128;

    private final int remembered;
    private final Map<String, Tenant> byName = new ConcurrentHashMap<>();
    private final AtomicLong ticks = new AtomicLong();

    /** Numbers that are free, below {@link #nextNumber}. Guarded by this object. */
    private final PriorityQueue<Integer> freeNumbers = new PriorityQueue<>();

    private int nextNumber;
    private Map<String, TenantRule> rules = Map.of();
    private int defaultBound;

    /**
     * @param defaultBound requests in flight of each tenant that is not configured
     * @param remembered how many tenants that are not configured are remembered
     */
    public Tenants(int defaultBound, int remembered) {
        if (remembered < 1) {
            throw new IllegalArgumentException("at least one tenant must be remembered, found " + remembered);
        }
        this.remembered = remembered;
        configure(List.of(), defaultBound);
    }

    /**
     * Replaces all rules; requests in flight go on. Tenants that are not configured any more are as all others.
     *
     * @throws IllegalArgumentException if the bound is not positive; nothing has changed then
     */
    public synchronized void configure(List<TenantRule> newRules, int newDefaultBound) {
        if (newDefaultBound < 1) {
            throw new IllegalArgumentException(
                    "requests.per.tenant: found " + newDefaultBound + ", expected at least 1");
        }
        Map<String, TenantRule> next = new HashMap<>();
        newRules.forEach(rule -> next.put(rule.name(), rule));
        rules = Map.copyOf(next);
        defaultBound = newDefaultBound;
        byName.values().forEach(this::applyRule);
        known(RequestOptions.DEFAULT_TENANT);
        newRules.forEach(rule -> known(rule.name()));
    }

    private void applyRule(Tenant tenant) {
        TenantRule rule = rules.get(tenant.name());
        if (rule == null) {
            tenant.configure(false, 1, defaultBound);
        } else {
            tenant.configure(true, rule.weight(), rule.bound());
        }
    }

    /**
     * Takes a place for a request of a tenant, which gives it back when it ends ({@link Tenant#completed}, {@link Tenant#failed}).
     *
     * @throws RequestException REJECTED, with figures, if the tenant has too many in flight; INVALID_INPUT if its name is too long
     */
    public Tenant enter(String name) throws RequestException {
        while (true) {
            Tenant tenant = byName.get(name);
            if (tenant == null) {
                tenant = come(name);
            }
            switch (tenant.enter()) {
                case ENTERED -> {
                    tenant.usedAt(ticks.incrementAndGet());
                    return tenant;
                }
                case FULL ->
                    throw new RequestException(
                            Category.REJECTED,
                            "tenant '" + name + "' has " + tenant.inFlight()
                                    + " requests in flight already and may have " + tenant.bound()
                                    + "; try again when some have ended, or give it a larger bound (configuration 'tenants' or"
                                    + " 'requests.per.tenant')");
                case FORGOTTEN -> byName.remove(name, tenant);
            }
        }
    }

    private synchronized Tenant come(String name) throws RequestException {
        if (name.length() > LONGEST_NAME) {
            throw new RequestException(
                    Category.INVALID_INPUT,
                    "found a tenant's name of " + name.length() + " characters, expected at most " + LONGEST_NAME);
        }
        if (!byName.containsKey(name) && strangers() >= remembered && !forgetOne()) {
            throw new RequestException(
                    Category.REJECTED,
                    remembered
                            + " tenants that are not configured have requests in flight already; try again when those"
                            + " of one have ended, or configure '" + name + "' (configuration 'tenants')");
        }
        return known(name);
    }

    private synchronized Tenant known(String name) {
        Tenant present = byName.get(name);
        if (present != null) {
            return present;
        }
        Integer free = freeNumbers.poll();
        Tenant tenant = new Tenant(name, free == null ? nextNumber++ : free);
        applyRule(tenant);
        tenant.usedAt(ticks.incrementAndGet());
        byName.put(name, tenant);
        return tenant;
    }

    private static boolean stays(Tenant tenant) {
        return tenant.isConfigured() || tenant.name().equals(RequestOptions.DEFAULT_TENANT);
    }

    private long strangers() {
        return byName.values().stream().filter(tenant -> !stays(tenant)).count();
    }

    /** Forgets the one that was idle longest; false if none is idle. */
    private boolean forgetOne() {
        List<Tenant> oldestFirst = new ArrayList<>(byName.values());
        oldestFirst.removeIf(Tenants::stays);
        oldestFirst.sort(Comparator.comparingLong(Tenant::lastUsed));
        for (Tenant tenant : oldestFirst) {
            if (tenant.forget()) {
                byName.remove(tenant.name(), tenant);
                freeNumbers.add(tenant.number());
                return true;
            }
        }
        return false;
    }

    /** Snapshots, by name. */
    public List<TenantStatus> status() {
        List<Tenant> all = new ArrayList<>(byName.values());
        all.sort(Comparator.comparing(Tenant::name));
        long peNanos = all.stream().mapToLong(Tenant::peNanos).sum();
        return all.stream().map(tenant -> tenant.status(peNanos)).toList();
    }
}
