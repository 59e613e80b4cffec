// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/** A change of a workflow's description. The description after it is validated like any other. */
public sealed interface WorkflowEdit {

    /**
     * A model stage computes with another model.
     *
     * @param stage its id
     * @param model name of a deployment, or a model file relative to the workflow's folder if it ends in {@code .pt} or {@code .pt2}
     */
    record ReplaceModel(String stage, String model) implements WorkflowEdit {}

    /**
     * A stage comes onto an edge: whoever read its first input now reads its first output.
     *
     * @param stage the stage's description, JSON
     * @param readers id of the stage that shall read it, {@code outputs} for the workflow's outputs, or empty for all readers
     */
    record Insert(String stage, String readers) implements WorkflowEdit {}

    /**
     * A stage goes: whoever read its outputs now reads its first input.
     *
     * @param stage its id
     */
    record Remove(String stage) implements WorkflowEdit {}

    /**
     * An input of a stage, or an output of the workflow, is taken from somewhere else.
     *
     * @param reader id of a stage, or {@code outputs} for the workflow's outputs
     * @param input position among its inputs, from 0; one more than the last adds one
     * @param from what it reads: {@code stage.output}, {@code stage} or an input of the workflow
     */
    record Route(String reader, int input, String from) implements WorkflowEdit {}
}
