// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** What a for statement runs over. */
sealed interface Iteration {

    /** How many there are. */
    ScriptValue trips(Recording recording) throws ModelFormatException, CodeRaises;

    /** The one of that number. */
    ScriptValue at(ScriptValue number, Recording recording) throws ModelFormatException, CodeRaises;

    /** All of them; null if they are not known, or more than the limit. */
    @Nullable
    List<ScriptValue> known(int limit);

    /** Whole numbers. */
    record Range(ScriptValue start, ScriptValue stop, ScriptValue step) implements Iteration {

        private static final IntValue ZERO = new IntValue(0);
        private static final IntValue ONE = new IntValue(1);

        /** As Python's range takes them: stop; start, stop; start, stop, step. */
        static Range of(List<ScriptValue> bounds) {
            return bounds.size() == 1
                    ? new Range(ZERO, bounds.get(0), ONE)
                    : new Range(bounds.get(0), bounds.get(1), bounds.size() == 3 ? bounds.get(2) : ONE);
        }

        @Override
        public @Nullable List<ScriptValue> known(int limit) {
            if (!(start instanceof IntValue from && stop instanceof IntValue to && step instanceof IntValue by)
                    || by.value() == 0) {
                return null;
            }
            List<ScriptValue> numbers = new ArrayList<>();
            for (long i = from.value(); by.value() > 0 ? i < to.value() : i > to.value(); i += by.value()) {
                if (numbers.size() == limit) {
                    return null;
                }
                numbers.add(new IntValue(i));
            }
            return numbers;
        }

        private ScriptValue list(Recording recording) throws ModelFormatException, CodeRaises {
            return recording.host(HostOp.RANGE, TypeName.of("List", TypeName.INT), start, stop, step);
        }

        @Override
        public ScriptValue trips(Recording recording) throws ModelFormatException, CodeRaises {
            return step.equals(ONE) && start.equals(ZERO)
                    ? stop
                    : recording.host(HostOp.LEN, TypeName.INT, list(recording));
        }

        @Override
        public ScriptValue at(ScriptValue number, Recording recording) throws ModelFormatException, CodeRaises {
            ScriptValue scaled = step.equals(ONE) ? number : recording.host(HostOp.MUL, TypeName.INT, number, step);
            return start.equals(ZERO) ? scaled : recording.host(HostOp.ADD, TypeName.INT, start, scaled);
        }
    }

    /** The elements of a list or a tuple, the keys of a dictionary. */
    record Elements(ScriptValue container) implements Iteration {

        @Override
        public @Nullable List<ScriptValue> known(int limit) {
            List<ScriptValue> elements = container instanceof TupleValue tuple ? tuple.elements() : null;
            if (container instanceof ListObject list) {
                elements = list.elements();
            } else if (container instanceof DictObject dict && dict.content() instanceof Content.Entries entries) {
                elements = List.copyOf(entries.entries().keySet());
            }
            return elements == null || elements.size() > limit ? null : elements;
        }

        @Override
        public ScriptValue trips(Recording recording) throws ModelFormatException, CodeRaises {
            return recording.host(HostOp.LEN, TypeName.INT, container);
        }

        @Override
        public ScriptValue at(ScriptValue number, Recording recording) throws ModelFormatException, CodeRaises {
            return Mutations.taken(
                    recording.host(HostOp.GET, Types.of(container).element(), container, number), container, number);
        }
    }
}
