// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.saguaro.runtime.core.simulation.Scene.Task;

/** Any pool, applications and requests, small enough to be looked at. */
final class RandomScene {

    private static final List<String> SPACES = List.of(Pool.HOST, "dma", "vram");
    private static final List<String> KERNELS = List.of("a", "b", "c", "d");

    final Pool pool;
    final List<ApplicationProfile> applications = new ArrayList<>();
    final List<Arrivals.Arrival> requests = new ArrayList<>();
    final SimulationSettings settings;

    private final Random random;

    RandomScene(long seed) {
        random = new Random(seed);
        pool = pool();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            applications.add(application("app" + i));
        }
        long now = 0;
        int requestCount = 1 + random.nextInt(20);
        for (int i = 0; i < requestCount; i++) {
            now += random.nextBoolean() ? 0 : random.nextInt(300);
            requests.add(request(now));
        }
        settings = new SimulationSettings(seed, false, random.nextBoolean(), believed());
    }

    private Pool pool() {
        List<Pool.PeType> types = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int type = 0; type < count; type++) {
            List<CostRule> costs = new ArrayList<>();
            for (String kernel : KERNELS) {
                // The first one runs everything.
                if (type == 0 || random.nextInt(3) > 0) {
                    costs.add(Scene.takes(kernel, random.nextInt(12) * 10));
                }
            }
            types.add(new Pool.PeType(
                    "t" + type,
                    1 + random.nextInt(3),
                    SPACES.get(random.nextInt(SPACES.size())),
                    random.nextInt(3),
                    1,
                    random.nextInt(3) * 5L,
                    costs));
        }
        List<Pool.Transfer> transfers = new ArrayList<>();
        for (String from : SPACES) {
            for (String to : SPACES) {
                if (!from.equals(to) && random.nextInt(3) > 0) {
                    transfers.add(new Pool.Transfer(from, to, random.nextInt(20), random.nextDouble()));
                }
            }
        }
        return new Pool("random", types, transfers);
    }

    private ApplicationProfile application(String name) {
        int count = 1 + random.nextInt(12);
        Task[] tasks = new Task[count];
        for (int i = 0; i < count; i++) {
            Task task = Task.of(random.nextInt(7) == 0 ? "" : KERNELS.get(random.nextInt(KERNELS.size())));
            Set<Integer> inputs = new LinkedHashSet<>();
            for (int input = random.nextInt(4); i > 0 && input > 0; input--) {
                inputs.add(random.nextInt(i));
            }
            for (int input : inputs) {
                task = task.reads(input, random.nextInt(3) * 40L);
            }
            if (random.nextInt(3) == 0) {
                task = task.readsRequest(random.nextInt(100));
            }
            if (random.nextInt(3) == 0) {
                task = task.returns(random.nextInt(100));
            }
            tasks[i] = random.nextInt(5) == 0 ? task.delayed(random.nextInt(60)) : task;
        }
        return Scene.application(name, tasks);
    }

    private Arrivals.Arrival request(long nanos) {
        Arrivals.Arrival request = new Arrivals.Arrival();
        request.nanos = nanos;
        request.application = random.nextInt(applications.size());
        request.tenant = random.nextInt(3);
        request.tenantWeight = 1 + request.tenant;
        request.priority = random.nextInt(3);
        request.value = 1 + random.nextInt(5);
        if (random.nextInt(3) == 0) {
            request.softDeadlineNanos = nanos + random.nextInt(600);
        }
        if (random.nextInt(3) == 0) {
            request.hardDeadlineNanos = nanos + random.nextInt(1_000);
        }
        return request;
    }

    private Map<String, Map<String, Double>> believed() {
        Map<String, Map<String, Double>> believed = new HashMap<>();
        for (String kernel : KERNELS) {
            Map<String, Double> byType = new HashMap<>();
            for (Pool.PeType type : pool.peTypes()) {
                if (random.nextInt(4) == 0) {
                    byType.put(type.name(), (double) random.nextInt(200));
                }
            }
            believed.put(kernel, byType);
        }
        return believed;
    }

    /** The requests, handed out once. */
    Arrivals arrivals() {
        Iterator<Arrivals.Arrival> rest = requests.iterator();
        return into -> {
            if (!rest.hasNext()) {
                return false;
            }
            Arrivals.Arrival next = rest.next();
            into.nanos = next.nanos;
            into.application = next.application;
            into.tenant = next.tenant;
            into.tenantWeight = next.tenantWeight;
            into.priority = next.priority;
            into.softDeadlineNanos = next.softDeadlineNanos;
            into.hardDeadlineNanos = next.hardDeadlineNanos;
            into.value = next.value;
            return true;
        };
    }
}
