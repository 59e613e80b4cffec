// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;

/**
 * A request may bring anything to a model that takes tensors of unknown type: other sizes, other element types, indices out of
 * range. Operators then compute something or refuse; they do not end the process, and the kernel goes on.
 *
 * <p>Runs on the operators that {@link Guards} protects; with {@code -Dsaguaro.hostile=all} on every row of the table, which is how an
 * operator that needs a guard is found: the JVM ends.
 */
class HostileDataTest {

    private final ProcessingElement pe = Execution.newPe();

    /** What is done to one operand. */
    private enum Mutation {
        /** Every integer beyond any range, every number infinite. */
        HUGE,
        /** Every number -1. */
        NEGATIVE,
        /** The first dimension is one shorter. */
        SHORTER,
        /** No elements. */
        EMPTY,
        /** One dimension more. */
        DEEPER,
        /** No dimensions. */
        SCALAR,
        /** Integers instead of real numbers, and the other way round. */
        RETYPED
    }

    @TestFactory
    Stream<DynamicTest> operatorsSurviveAnyOperand() throws IOException {
        boolean everything = "all".equals(System.getProperty("saguaro.hostile"));
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode row : OperatorTable.rows()) {
            OperatorTable.Case test = OperatorTable.read(row, OperatorTable.Form.UNKNOWN);
            if (!everything && Guards.of(OpName.parse(test.op)) == null) {
                continue;
            }
            tests.add(DynamicTest.dynamicTest(test.toString(), () -> attack(test)));
        }
        return tests.stream();
    }

    private void attack(OperatorTable.Case test) throws AccelException {
        Assumptions.assumeTrue(
                Backends.arePresets()
                        || pe.supports(test.graph, test.graph.layers().get(0)).isSupported(),
                "the backend does not reach it");
        try (Execution execution = new Execution(pe, test.graph)) {
            for (int operand = 0; operand < test.inputs.size(); operand++) {
                for (Mutation mutation : Mutation.values()) {
                    Tensor[] inputs = test.inputs.toArray(Tensor[]::new);
                    inputs[operand] = mutated(inputs[operand], mutation);
                    try {
                        execution.run(inputs);
                    } catch (AccelException e) {
                        assertThat(e.category())
                                .as("%s, operand %d %s: %s", test, operand, mutation, e.getMessage())
                                .isNotEqualTo(AccelException.Category.DEVICE_LOST);
                    }
                }
            }
            List<Tensor> found = execution.run(test.inputs.toArray(Tensor[]::new));
            for (int i = 0; i < test.expected.size(); i++) {
                assertThat(OperatorTable.difference(found.get(i), test.expected.get(i), test.tolerance))
                        .as("%s, output %d, afterwards", test, i)
                        .isNull();
            }
        }
    }

    private static Tensor mutated(Tensor tensor, Mutation mutation) {
        long[] sizes = tensor.sizes();
        return switch (mutation) {
            case HUGE -> filled(tensor.dtype(), (byte) 0x7f, sizes);
            case NEGATIVE -> filled(tensor.dtype(), (byte) 0xff, sizes);
            case SHORTER -> {
                if (sizes.length > 0 && sizes[0] > 0) {
                    sizes[0]--;
                }
                yield filled(tensor.dtype(), (byte) 0, sizes);
            }
            case EMPTY -> filled(tensor.dtype(), (byte) 0, sizes.length == 0 ? new long[] {0} : zeroed(sizes));
            case DEEPER -> {
                long[] deeper = new long[sizes.length + 1];
                deeper[0] = 1;
                System.arraycopy(sizes, 0, deeper, 1, sizes.length);
                yield Tensor.dense(tensor.dtype(), deeper, tensor.toDense().bytes());
            }
            case SCALAR -> filled(tensor.dtype(), (byte) 1);
            case RETYPED -> filled(tensor.dtype().isFloatingPoint() ? DType.INT64 : DType.FLOAT32, (byte) 0, sizes);
        };
    }

    private static long[] zeroed(long[] sizes) {
        sizes[sizes.length - 1] = 0;
        return sizes;
    }

    private static Tensor filled(DType dtype, byte pattern, long... sizes) {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        ByteBuffer bytes =
                ByteBuffer.allocateDirect((int) count * dtype.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, dtype == DType.BOOL ? (byte) (pattern & 1) : pattern);
        }
        return Tensor.dense(dtype, sizes, bytes);
    }
}
