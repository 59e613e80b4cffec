// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** The contract must find what is wrong with a wrong accelerator. {@link ReferenceProcessingElementTest} passes it. */
class ProcessingElementContractTest {

    private final List<HostBuffer> leaked = new ArrayList<>();

    @AfterEach
    void closeWhatLeaked() {
        leaked.forEach(HostBuffer::close);
    }

    @Test
    void findsWrongResults() {
        fails(ProcessingElementContract::computesWhatTheReferenceComputes, new Wrapped() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                kernel.execute(inputs, outputs);
                float last = outputs[0].host().bytes().getFloat((int) outputs[0].sizeBytes() - 4);
                outputs[0].host().bytes().putFloat((int) outputs[0].sizeBytes() - 4, last + 0.01f);
            }
        });
    }

    @Test
    void findsInputsThatWereWrittenTo() {
        fails(ProcessingElementContract::leavesItsInputsAlone, new Wrapped() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                kernel.execute(inputs, outputs);
                inputs[0].host().bytes().putFloat(0, 77);
            }
        });
    }

    @Test
    void findsOutputsOfAnEarlierSize() {
        fails(ProcessingElementContract::overwritesStaleOutputs, new Wrapped() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                long[] sizes = outputs[0].sizes();
                kernel.execute(inputs, outputs);
                if (sizes.length > 0) {
                    outputs[0].resize(sizes);
                }
            }
        });
    }

    @Test
    void findsInputsThatShouldHaveBeenRefused() {
        fails(ProcessingElementContract::refusesInputsThatDoNotFitAndGoesOn, new Wrapped() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                try {
                    kernel.execute(inputs, outputs);
                } catch (AccelException e) {
                    outputs[0].resize(1);
                }
            }
        });
    }

    @Test
    void findsRefusalsOfTheWrongCategory() {
        fails(ProcessingElementContract::refusesInputsThatDoNotFitAndGoesOn, new Wrapped() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                try {
                    kernel.execute(inputs, outputs);
                } catch (AccelException e) {
                    throw new AccelException(AccelException.Category.KERNEL_FAILED, "wrapped: failed", e);
                }
            }
        });
    }

    @Test
    void findsGarbage() {
        fails(ProcessingElementContract::leavesNoGarbage, new Wrapped());
    }

    @Test
    void findsMemoryThatKernelsKeep() {
        Wrapped leaky = new Wrapped() {
            @Override
            public Kernel prepare(LayerGraph segment) throws AccelException {
                leaked.add(HostMemory.get().allocate(100));
                return super.prepare(segment);
            }
        };
        ProcessingElementContract contract = contract(leaky);
        failsWhen(contract::open, contract::givesTheMemoryOfItsKernelsBack);
    }

    @Test
    void findsAnswersThatChange() {
        fails(ProcessingElementContract::answersForEveryLayer, new Wrapped() {
            private int asked;

            @Override
            public Support supports(LayerGraph graph, Layer layer) {
                return asked++ % 2 == 0 ? Support.yes() : Support.no(Support.Cause.OPERATOR, "not now");
            }
        });
    }

    @Test
    void findsAnswersWithoutAReason() {
        fails(ProcessingElementContract::answersForEveryLayer, new Wrapped() {
            @Override
            public Support supports(LayerGraph graph, Layer layer) {
                return Support.no(Support.Cause.OPERATOR, " ");
            }
        });
    }

    @Test
    void findsQuestionsThatThrow() {
        fails(ProcessingElementContract::answersForEveryLayer, new Wrapped() {
            @Override
            public Support supports(LayerGraph graph, Layer layer) {
                long bytes = graph.tensor(layer.outputs().get(0)).sizeBytes();
                return bytes < 100 ? Support.yes() : Support.no(Support.Cause.SHAPE, "too large: " + bytes);
            }
        });
    }

    @Test
    void findsElementTypesThatAreGuessed() {
        fails(ProcessingElementContract::computesWhatTheReferenceComputes, new Dynamic() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                kernel.execute(inputs, outputs);
                if (outputs[0].dtype() == DType.FLOAT64) {
                    outputs[0].resize(DType.FLOAT32, outputs[0].sizes());
                }
            }
        });
    }

    @Test
    void findsUnknownTensorsThatAreCombinedThoughTheyDoNotFit() {
        fails(ProcessingElementContract::refusesUnknownTensorsThatDoNotFitTogetherAndGoesOn, new Dynamic() {
            @Override
            void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                try {
                    kernel.execute(inputs, outputs);
                } catch (AccelException e) {
                    outputs[0].resize(DType.FLOAT32, 1);
                }
            }
        });
    }

    @Test
    void findsWhoOnlySaysThatItTakesUnknownTensors() {
        ProcessingElementContract contract = contract(new Dynamic() {
            @Override
            public Support supports(LayerGraph graph, Layer layer) {
                return graph.value(layer.outputs().get(0)).type() instanceof AnyTensor
                        ? Support.no(Support.Cause.DTYPE, "unknown")
                        : super.supports(graph, layer);
            }
        });
        failsWhen(contract::open, contract::supportsTensorsOfUnknownTypeIfItSaysSo);
    }

    @Test
    void findsWhoSupportsNothing() {
        ProcessingElementContract contract = contract(new Wrapped() {
            @Override
            public Support supports(LayerGraph graph, Layer layer) {
                return Support.no(Support.Cause.OPERATOR, "nothing at all");
            }
        });
        failsWhen(contract::open, contract::supportsSomething);
    }

    @Test
    void findsADescriptorThatChanges() {
        ProcessingElementContract contract = contract(new Wrapped() {
            private int asked;

            @Override
            public PeDescriptor descriptor() {
                return new PeDescriptor("wrapped", "wrapped", 1, 1e9, 1e9, asked++);
            }
        });
        failsWhen(contract::open, contract::describesItselfAlwaysTheSameWay);
    }

    private interface Factory {
        Stream<DynamicTest> tests(ProcessingElementContract contract) throws Exception;
    }

    private static void fails(Factory factory, ProcessingElement pe) {
        ProcessingElementContract contract = contract(pe);
        failsWhen(contract::open, () -> {
            for (DynamicTest test : factory.tests(contract).toList()) {
                test.getExecutable().execute();
            }
        });
    }

    private static void failsWhen(ThrowingCallable open, ThrowingCallable test) {
        try {
            open.call();
        } catch (Throwable e) {
            throw new AssertionError("the wrong accelerator could not even be opened", e);
        }
        assertThatThrownBy(test).isInstanceOfAny(AssertionError.class, RuntimeException.class);
    }

    private static ProcessingElementContract contract(ProcessingElement pe) {
        return new ProcessingElementContract() {
            @Override
            protected ProcessingElement createProcessingElement(int index) {
                return pe;
            }

            @Override
            protected int repetitions() {
                return 10;
            }
        };
    }

    /** The same for tensors of unknown type. */
    private static class Dynamic extends Wrapped implements DynamicTensors {}

    /** The reference, with something wrong about it in each subclass. */
    private static class Wrapped implements ProcessingElement {
        private final ProcessingElement right = new ReferenceProcessingElement("wrapped");

        void execute(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            kernel.execute(inputs, outputs);
        }

        @Override
        public PeDescriptor descriptor() {
            return right.descriptor();
        }

        @Override
        public DeviceMemory memory() {
            return right.memory();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return right.supports(graph, layer);
        }

        @Override
        public Kernel prepare(LayerGraph segment) throws AccelException {
            Kernel kernel = right.prepare(segment);
            return new Kernel() {
                @Override
                public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                    Wrapped.this.execute(kernel, inputs, outputs);
                }

                @Override
                public void close() {
                    kernel.close();
                }
            };
        }

        @Override
        public WorkerScope openWorker() throws AccelException {
            return right.openWorker();
        }
    }
}
