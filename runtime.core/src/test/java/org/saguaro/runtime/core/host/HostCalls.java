// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;

/**
 * Calls host operators from tests. NullAway under JDK 17 does not see, in class files, that elements of arrays and lists may
 * be null, hence the suppression, here only.
 */
@SuppressWarnings("NullAway")
public final class HostCalls {

    private HostCalls() {}

    /** The results of an operator. */
    public static List<@Nullable Object> evaluate(HostOp op, int results, @Nullable Object... operands)
            throws Exception {
        @Nullable Object[] made = new @Nullable Object[results];
        HostEvaluator.evaluate(op, operands, made);
        return Arrays.asList(made);
    }

    static HostDict dict(List<@Nullable Object> keys, List<@Nullable Object> values) {
        return HostDict.of(keys, values);
    }

    static HostTuple tuple(List<@Nullable Object> elements) {
        return new HostTuple(elements);
    }
}
