// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Words in which tests describe applications, pools and what happened. All times in nanoseconds. */
final class Scene {

    /** Each kernel takes its mean, and nothing is learnt. */
    static final SimulationSettings EXACT = new SimulationSettings(1, false, false, Map.of());

    private Scene() {}

    /** An application each of whose kernels is named by its tasks. */
    static ApplicationProfile application(String name, Task... tasks) {
        List<String> kernels = Stream.of(tasks)
                .map(Task::kernel)
                .filter(kernel -> !kernel.isEmpty())
                .distinct()
                .toList();
        return new ApplicationProfile(
                name,
                0,
                kernels.stream()
                        .map(kernel -> new KernelProfile(kernel, 0, 0, List.of()))
                        .toList(),
                Stream.of(tasks)
                        .map(task -> new TaskProfile(
                                task.kernel() + "!",
                                task.kernel().isEmpty() ? TaskProfile.NO_KERNEL : kernels.indexOf(task.kernel()),
                                task.inputs(),
                                task.requestBytes(),
                                task.resultBytes(),
                                task.delayNanos()))
                        .toList());
    }

    /** A task; without a kernel's name it is none that a PE runs. */
    record Task(String kernel, List<TaskProfile.Input> inputs, long requestBytes, long resultBytes, long delayNanos) {

        static Task of(String kernel) {
            return new Task(kernel, List.of(), 0, 0, 0);
        }

        /** Reads so many bytes of a task before it. */
        Task reads(int task, long bytes) {
            List<TaskProfile.Input> more = new ArrayList<>(inputs);
            more.add(new TaskProfile.Input(task, bytes));
            return new Task(kernel, more, requestBytes, resultBytes, delayNanos);
        }

        Task after(int... tasks) {
            Task all = this;
            for (int task : tasks) {
                all = all.reads(task, 0);
            }
            return all;
        }

        Task readsRequest(long bytes) {
            return new Task(kernel, inputs, bytes, resultBytes, delayNanos);
        }

        Task returns(long bytes) {
            return new Task(kernel, inputs, requestBytes, bytes, delayNanos);
        }

        Task delayed(long nanos) {
            return new Task(kernel, inputs, requestBytes, resultBytes, nanos);
        }
    }

    /** PEs in host memory without dispatch or power. */
    static Pool.PeType cpus(int count, CostRule... costs) {
        return new Pool.PeType("cpu", count, Pool.HOST, 0, 0, 0, List.of(costs));
    }

    static Pool.PeType pes(String type, int count, String space, CostRule... costs) {
        return new Pool.PeType(type, count, space, 0, 0, 0, List.of(costs));
    }

    static CostRule takes(String kernels, double nanos) {
        return new CostRule(kernels, new CostRule.Fixed(nanos), Double.NaN);
    }

    static Pool pool(Pool.PeType... types) {
        return new Pool("test", List.of(types), List.of());
    }

    /** Requests of the first application, at these times. */
    static Arrivals at(long... nanos) {
        return requests(nanos.length, arrival -> nanos[arrival], 0);
    }

    private static Arrivals requests(int count, Function<Integer, Long> nanos, int application) {
        return new Arrivals() {
            private int made;

            @Override
            public boolean next(Arrival into) {
                if (made == count) {
                    return false;
                }
                into.nanos = nanos.apply(made++);
                into.application = application;
                return true;
            }
        };
    }

    /** Every task goes to the PE that this says, by its kernel's number. */
    static SchedulingPolicy onPe(Function<Integer, Integer> peOfSignature) {
        return (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                assignment.assign(task, peOfSignature.apply(ready.get(task).signature()));
            }
        };
    }

    /** Writes down what it is told, each event a line. */
    static final class Log implements SimulationObserver {
        final List<String> lines = new ArrayList<>();
        private final List<String> pes;

        Log(Simulation simulation) {
            pes = simulation.pes();
        }

        @Override
        public void task(
                long request,
                int application,
                int task,
                int pe,
                long readyNanos,
                long assignedNanos,
                long startedNanos,
                long finishedNanos) {
            lines.add(request + "." + task + " " + pes.get(pe) + " ready " + readyNanos + " assigned " + assignedNanos
                    + " started " + startedNanos + " finished " + finishedNanos);
        }

        @Override
        public void request(
                long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
            lines.add(request + " arrived " + arrivedNanos + (dropped ? " dropped " : " ended ") + endedNanos);
        }
    }
}
