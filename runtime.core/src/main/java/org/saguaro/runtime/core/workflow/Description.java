// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.json.Located.Position;

/**
 * A workflow as its description says, each part with its place in the text.
 *
 * @param name the workflow's
 * @param inputs what requests bring, in order
 * @param stages sorted so that producers come before their readers
 * @param outputs what requests get, in order
 * @param qos defaults of its requests
 */
record Description(String name, List<Input> inputs, List<Stage> stages, List<Reference> outputs, Qos qos) {

    Description {
        inputs = List.copyOf(inputs);
        stages = List.copyOf(stages);
        outputs = List.copyOf(outputs);
    }

    /** What a request brings. */
    record Input(Position at, String place, String name, TensorSpec type) {}

    /**
     * One step.
     *
     * @param outputs declared ones: of a service
     */
    record Stage(
            Position at, String place, String id, Work work, List<Reference> inputs, List<DeclaredOutput> outputs) {
        Stage {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /** An output of a service. Without a type, anything. */
    record DeclaredOutput(String name, Optional<TensorSpec> type) {}

    /** What a stage does. */
    sealed interface Work {
        /** For people. */
        String text();
    }

    record ModelByName(Position at, String place, String deployment) implements Work {
        @Override
        public String text() {
            return "model " + deployment;
        }
    }

    record ModelFile(Position at, String place, String file) implements Work {
        @Override
        public String text() {
            return "file " + file;
        }
    }

    record BuiltinStep(Builtin builtin, Parameters parameters) implements Work {
        @Override
        public String text() {
            return "builtin " + builtin.name();
        }
    }

    record ServiceStep(String service) implements Work {
        @Override
        public String text() {
            return "service " + service;
        }
    }

    /**
     * What something reads.
     *
     * @param source id of a stage, or name of an input
     * @param output of the stage: name or number; empty: its only one
     */
    record Reference(Position at, String place, String source, String output) {
        String text() {
            return output.isEmpty() ? source : source + "." + output;
        }
    }

    /** The parameters of a built-in step, defaults filled in: Long, Double, Boolean, String or a list of Double. */
    record Parameters(Position at, String place, Map<String, Object> values, Map<String, Position> positions) {

        boolean has(String name) {
            return values.containsKey(name);
        }

        long integer(String name) {
            return (Long) get(name);
        }

        double number(String name) {
            return (Double) get(name);
        }

        boolean flag(String name) {
            return (Boolean) get(name);
        }

        String text(String name) {
            return (String) get(name);
        }

        double[] numbers(String name) {
            return ((List<?>) get(name))
                    .stream().mapToDouble(element -> (Double) element).toArray();
        }

        long[] integers(String name) {
            return ((List<?>) get(name))
                    .stream()
                            .mapToLong(element -> ((Double) element).longValue())
                            .toArray();
        }

        private Object get(String name) {
            Object value = values.get(name);
            if (value == null) {
                throw new IllegalArgumentException("the built-in has no parameter " + name);
            }
            return value;
        }

        /** Where it is written, or where the stage is. */
        Position at(String name) {
            return positions.getOrDefault(name, at);
        }

        /** Something is wrong with one. */
        StageException wrong(String name, String message) {
            return new StageException(at(name), place + ".parameters." + name, message);
        }
    }
}
