// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Problems;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** A profile as a JSON object. Not thread-safe. */
public final class ProfileJson {

    private static final int MOST = 10_000_000;
    private static final double MOST_NUMBER = 1e18;
    private static final double MOST_BYTES = 9e15;

    private final Problems problems;

    /** @param problems gets what is wrong */
    public ProfileJson(Problems problems) {
        this.problems = problems;
    }

    // --- writing ---

    /** As an object; what is 0 or empty is left out where that is what a reader assumes. */
    public static Map<String, Object> object(ApplicationProfile profile) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", profile.name());
        object.put("inputBits", profile.inputBits());
        object.put(
                "kernels", profile.kernels().stream().map(ProfileJson::object).toList());
        object.put("tasks", profile.tasks().stream().map(ProfileJson::object).toList());
        return object;
    }

    private static Map<String, Object> object(KernelProfile kernel) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", kernel.name());
        object.put("operations", kernel.operations());
        object.put("bytes", kernel.bytes());
        List<Object> measured = new ArrayList<>();
        for (KernelProfile.Cost cost : kernel.measured()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("peType", cost.peType());
            entry.put("meanNanos", cost.meanNanos());
            entry.put("deviationNanos", cost.deviationNanos());
            measured.add(entry);
        }
        object.put("measured", measured);
        return object;
    }

    private static Map<String, Object> object(TaskProfile task) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("label", task.label());
        if (task.kernel() != TaskProfile.NO_KERNEL) {
            object.put("kernel", task.kernel());
        }
        List<Object> inputs = new ArrayList<>();
        for (TaskProfile.Input input : task.inputs()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("task", input.task());
            entry.put("bytes", input.bytes());
            inputs.add(entry);
        }
        object.put("inputs", inputs);
        putUnlessZero(object, "requestBytes", task.requestBytes());
        putUnlessZero(object, "resultBytes", task.resultBytes());
        putUnlessZero(object, "delayNanos", task.delayNanos());
        return object;
    }

    private static void putUnlessZero(Map<String, Object> object, String name, long value) {
        if (value != 0) {
            object.put(name, value);
        }
    }

    // --- reading ---

    /**
     * Reads an object.
     *
     * @param place for people, for instance {@code profiles[2]}
     * @return null if something is wrong, which is among the problems then
     */
    public @Nullable ApplicationProfile profile(String place, Located value) {
        Fields fields = Fields.of(problems, place, value, List.of("name", "inputBits", "kernels", "tasks"));
        if (fields == null) {
            return null;
        }
        String name = fields.text("name", "\\S", "a name");
        fields.require("inputBits");
        Double inputBits = fields.number("inputBits", 0, MOST_BYTES, true);
        List<KernelProfile> kernels = new ArrayList<>();
        boolean right = name != null && inputBits != null;
        List<Located> kernelElements = fields.elements("kernels", 0, MOST);
        for (int i = 0; i < kernelElements.size(); i++) {
            KernelProfile kernel = kernel(fields.placeOf("kernels") + "[" + i + "]", kernelElements.get(i));
            right &= kernel != null;
            if (kernel != null) {
                kernels.add(kernel);
            }
        }
        List<TaskProfile> tasks = new ArrayList<>();
        List<Located> taskElements = fields.elements("tasks", 1, MOST);
        for (int i = 0; i < taskElements.size(); i++) {
            TaskProfile task =
                    task(fields.placeOf("tasks") + "[" + i + "]", taskElements.get(i), i, kernelElements.size());
            right &= task != null;
            if (task != null) {
                tasks.add(task);
            }
        }
        if (!right || name == null || inputBits == null || tasks.isEmpty()) {
            return null;
        }
        return new ApplicationProfile(name, inputBits.longValue(), kernels, tasks);
    }

    private @Nullable KernelProfile kernel(String place, Located value) {
        Fields fields = Fields.of(problems, place, value, List.of("name", "operations", "bytes", "measured"));
        if (fields == null) {
            return null;
        }
        String name = fields.text("name", "\\S", "a name");
        fields.require("operations");
        Double operations = fields.number("operations", 0, MOST_NUMBER, false);
        fields.require("bytes");
        Double bytes = fields.number("bytes", 0, MOST_NUMBER, false);
        List<KernelProfile.Cost> measured = new ArrayList<>();
        List<Located> costs = fields.elements("measured", 0, MOST);
        for (int i = 0; i < costs.size(); i++) {
            KernelProfile.Cost cost = cost(fields.placeOf("measured") + "[" + i + "]", costs.get(i));
            if (cost != null) {
                measured.add(cost);
            }
        }
        return name == null || operations == null || bytes == null || measured.size() != costs.size()
                ? null
                : new KernelProfile(name, operations, bytes, measured);
    }

    private KernelProfile.@Nullable Cost cost(String place, Located value) {
        Fields fields = Fields.of(problems, place, value, List.of("peType", "meanNanos", "deviationNanos"));
        if (fields == null) {
            return null;
        }
        String type = fields.text("peType", "\\S", "a type of processing element");
        fields.require("meanNanos");
        Double mean = fields.number("meanNanos", 0, MOST_NUMBER, false);
        fields.require("deviationNanos");
        Double deviation = fields.number("deviationNanos", 0, MOST_NUMBER, false);
        return type == null || mean == null || deviation == null ? null : new KernelProfile.Cost(type, mean, deviation);
    }

    private @Nullable TaskProfile task(String place, Located value, int position, int kernels) {
        Fields fields = Fields.of(
                problems,
                place,
                value,
                List.of("label", "kernel", "inputs", "requestBytes", "resultBytes", "delayNanos"));
        if (fields == null) {
            return null;
        }
        String label = fields.text("label", "", "a text");
        boolean right = label != null;
        int kernel = TaskProfile.NO_KERNEL;
        Located found = fields.find("kernel");
        if (found != null) {
            Double number = Fields.number(problems, found, fields.placeOf("kernel"), 0, (double) kernels - 1, true);
            right &= number != null;
            kernel = number == null ? kernel : number.intValue();
        }
        List<TaskProfile.Input> inputs = new ArrayList<>();
        List<Located> elements = fields.elements("inputs", 0, MOST);
        for (int i = 0; i < elements.size(); i++) {
            TaskProfile.Input input = input(fields.placeOf("inputs") + "[" + i + "]", elements.get(i), position);
            if (input != null) {
                inputs.add(input);
            }
        }
        Long requestBytes = bytes(fields, "requestBytes");
        Long resultBytes = bytes(fields, "resultBytes");
        Long delay = bytes(fields, "delayNanos");
        right &= inputs.size() == elements.size() && fields.has("inputs");
        return !right || label == null || requestBytes == null || resultBytes == null || delay == null
                ? null
                : new TaskProfile(label, kernel, inputs, requestBytes, resultBytes, delay);
    }

    /** A number that is 0 if it is missing, null if it is wrong. */
    private static @Nullable Long bytes(Fields fields, String name) {
        if (!fields.has(name)) {
            return 0L;
        }
        Double number = fields.number(name, 0, MOST_BYTES, true);
        return number == null ? null : (Long) number.longValue();
    }

    private TaskProfile.@Nullable Input input(String place, Located value, int position) {
        Fields fields = Fields.of(problems, place, value, List.of("task", "bytes"));
        if (fields == null) {
            return null;
        }
        fields.require("bytes");
        Double bytes = fields.number("bytes", 0, MOST_BYTES, true);
        Located task = fields.require("task");
        if (task == null) {
            return null;
        }
        if (!(task instanceof Located.Num number)
                || !number.isInteger()
                || number.value() < 0
                || number.value() >= position) {
            fields.wrong("task", task, "found " + task.kind() + ", expected a task before this one, of " + position);
            return null;
        }
        return bytes == null ? null : new TaskProfile.Input((int) number.value(), bytes.longValue());
    }
}
