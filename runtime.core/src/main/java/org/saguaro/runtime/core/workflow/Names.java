// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

/** Names that a workflow gives. */
final class Names {

    /** Of workflows, stages, inputs, services. */
    static final String ID_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,63}$";

    /** What a stage reads: {@code stage.output}, {@code stage.0}, {@code stage} or {@code input}. */
    static final String REFERENCE_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,63}(\\.[A-Za-z0-9_-]{1,128})?$";

    /** In a reader's place: the workflow's outputs. */
    static final String OUTPUTS = "outputs";

    private Names() {}

    /** Name of a size of a stage, in the language of symbolic sizes. */
    static String size(String stage, String name) {
        return prefix(stage) + name;
    }

    /** What names of a stage's sizes begin with. */
    static String prefix(String stage) {
        return stage.replace('-', '_') + "_";
    }
}
