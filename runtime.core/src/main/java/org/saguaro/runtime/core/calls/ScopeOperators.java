// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.SignalOps;
import org.saguaro.runtime.core.layers.Convolution;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.OperatorCall;
import org.saguaro.runtime.core.layers.Pooling;

/** The operators by name: each is a template, with the arguments that PyTorch's schema has, filled in as an exporter would. */
abstract class ScopeOperators implements LayerScope {

    private static final Argument NONE = new Argument.None();

    // Signal processing calls these thousands of times on small tensors: the templates are made once.
    private static final Template FFT = transform("fft_fft", 0);
    private static final Template IFFT = transform("fft_ifft", 0);
    private static final Template ADD = template(
            "aten.add.Tensor",
            operands -> ShapeRules.combined("add", operands[0], operands[1]),
            ref("self", 0),
            ref("other", 1),
            arg("alpha", new Argument.Int(1)));
    private static final Template SUBTRACT = template(
            "aten.sub.Tensor",
            operands -> ShapeRules.combined("subtract", operands[0], operands[1]),
            ref("self", 0),
            ref("other", 1),
            arg("alpha", new Argument.Int(1)));
    private static final Template MULTIPLY = template(
            "aten.mul.Tensor",
            operands -> ShapeRules.combined("multiply", operands[0], operands[1]),
            ref("self", 0),
            ref("other", 1));
    private static final Template DIVIDE = template(
            "aten.div.Tensor",
            operands -> ShapeRules.divided(operands[0], operands[1]),
            ref("self", 0),
            ref("other", 1));
    private static final Template MULTIPLY_CONJUGATE = template(
            SignalOps.MULTIPLY_CONJUGATE.toString(),
            operands -> ShapeRules.complexOnly("multiplyConjugate", operands[0], operands[1]),
            ref("self", 0),
            ref("other", 1));
    private static final Template RELU =
            template("aten.relu", operands -> ShapeRules.ordered("relu", operands[0]), ref("self", 0));
    private static final Template SIGMOID =
            template("aten.sigmoid", operands -> ShapeRules.real("sigmoid", operands[0]), ref("self", 0));
    private static final Template ABS =
            template("aten.abs", operands -> ShapeRules.realPart(operands[0]), ref("self", 0));
    private static final Template REAL =
            template("aten.real", operands -> ShapeRules.realPart(operands[0]), ref("self", 0));
    private static final Template MATMUL = template(
            "aten.matmul", operands -> ShapeRules.product(operands[0], operands[1]), ref("self", 0), ref("other", 1));

    /** The session it belongs to. */
    abstract ApplicationSession session();

    private static NamedArgument arg(String name, Argument value) {
        return NamedArgument.read(name, value);
    }

    private static NamedArgument ref(String name, int operand) {
        return NamedArgument.read(name, new Argument.Ref(operand));
    }

    private static Template template(String op, Template.ShapeRule.One rule, NamedArgument... arguments) {
        return new Template(OpName.parse(op), List.of(arguments), rule);
    }

    private static Template transform(String name, long points) {
        return template(
                "aten." + name,
                operands -> ShapeRules.transformed(name, operands[0], points),
                ref("self", 0),
                arg("n", points == 0 ? NONE : new Argument.Int(points)),
                arg("dim", new Argument.Int(-1)),
                arg("norm", NONE));
    }

    private DeviceTensor issue(Template template, DeviceTensor... operands) {
        LayerTensor[] own = new LayerTensor[operands.length];
        for (int i = 0; i < own.length; i++) {
            own[i] = own(operands[i]);
        }
        return session().issue((Scope) this, template, own)[0];
    }

    static LayerTensor own(DeviceTensor tensor) {
        if (tensor instanceof LayerTensor own) {
            return own;
        }
        throw new IllegalArgumentException(
                "a tensor of a scope is expected (tensor, constant, a call's result), found " + tensor);
    }

    // --- neural networks ---

    @Override
    public DeviceTensor conv1d(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias, Convolution how) {
        return convolution("conv1d", 1, input, weight, bias, how);
    }

    @Override
    public DeviceTensor conv2d(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias, Convolution how) {
        return convolution("conv2d", 2, input, weight, bias, how);
    }

    private DeviceTensor convolution(
            String name,
            int spatial,
            DeviceTensor input,
            DeviceTensor weight,
            @Nullable DeviceTensor bias,
            Convolution how) {
        Template template = template(
                "aten." + name,
                operands -> ShapeRules.convolved(name, spatial, how, operands),
                ref("input", 0),
                ref("weight", 1),
                bias == null ? arg("bias", NONE) : ref("bias", 2),
                arg("stride", ints(name, how.stride(), spatial)),
                arg("padding", ints(name, how.padding(), spatial)),
                arg("dilation", ints(name, how.dilation(), spatial)),
                arg("groups", new Argument.Int(how.groups())));
        return bias == null ? issue(template, input, weight) : issue(template, input, weight, bias);
    }

    private static Argument ints(String op, List<Long> values, int dims) {
        long[] each = new long[dims];
        for (int i = 0; i < dims; i++) {
            each[i] = ShapeRules.at(values, i, dims, op);
        }
        return Argument.ListOf.ints(each);
    }

    @Override
    public DeviceTensor linear(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias) {
        Template template = template(
                "aten.linear",
                ShapeRules::linear,
                ref("input", 0),
                ref("weight", 1),
                bias == null ? arg("bias", NONE) : ref("bias", 2));
        return bias == null ? issue(template, input, weight) : issue(template, input, weight, bias);
    }

    @Override
    public DeviceTensor matmul(DeviceTensor left, DeviceTensor right) {
        return issue(MATMUL, left, right);
    }

    @Override
    public DeviceTensor maxPool1d(DeviceTensor input, Pooling how) {
        return maxPool("max_pool1d", 1, input, how);
    }

    @Override
    public DeviceTensor maxPool2d(DeviceTensor input, Pooling how) {
        return maxPool("max_pool2d", 2, input, how);
    }

    private DeviceTensor maxPool(String name, int spatial, DeviceTensor input, Pooling how) {
        return issue(
                template(
                        "aten." + name,
                        operands -> ShapeRules.pooled(name, spatial, how, operands[0]),
                        ref("self", 0),
                        arg("kernel_size", ints(name, how.window(), spatial)),
                        arg("stride", ints(name, how.stride(), spatial)),
                        arg("padding", ints(name, how.padding(), spatial)),
                        arg("dilation", ints(name, List.of(1L), spatial)),
                        arg("ceil_mode", new Argument.Bool(false))),
                input);
    }

    @Override
    public DeviceTensor averagePool1d(DeviceTensor input, Pooling how) {
        return averagePool("avg_pool1d", 1, input, how);
    }

    @Override
    public DeviceTensor averagePool2d(DeviceTensor input, Pooling how) {
        return averagePool("avg_pool2d", 2, input, how, arg("divisor_override", NONE));
    }

    private DeviceTensor averagePool(String name, int spatial, DeviceTensor input, Pooling how, NamedArgument... more) {
        List<NamedArgument> arguments = new ArrayList<>(List.of(
                ref("self", 0),
                arg("kernel_size", ints(name, how.window(), spatial)),
                arg("stride", ints(name, how.stride(), spatial)),
                arg("padding", ints(name, how.padding(), spatial)),
                arg("ceil_mode", new Argument.Bool(false)),
                arg("count_include_pad", new Argument.Bool(true))));
        arguments.addAll(List.of(more));
        return issue(
                template(
                        "aten." + name,
                        operands -> ShapeRules.pooled(name, spatial, how, operands[0]),
                        arguments.toArray(NamedArgument[]::new)),
                input);
    }

    @Override
    public DeviceTensor relu(DeviceTensor input) {
        return issue(RELU, input);
    }

    @Override
    public DeviceTensor sigmoid(DeviceTensor input) {
        return issue(SIGMOID, input);
    }

    @Override
    public DeviceTensor softmax(DeviceTensor input, int dim) {
        return issue(
                template(
                        "aten.softmax.int",
                        operands -> ShapeRules.sameButDims(
                                "softmax", new int[] {dim}, ShapeRules.real("softmax", operands[0])),
                        ref("self", 0),
                        arg("dim", new Argument.Int(dim)),
                        arg("dtype", NONE)),
                input);
    }

    // --- signals ---

    @Override
    public DeviceTensor fft(DeviceTensor signal) {
        return issue(FFT, signal);
    }

    @Override
    public DeviceTensor fft(DeviceTensor signal, long points) {
        return issue(transform("fft_fft", positive("fft", points)), signal);
    }

    @Override
    public DeviceTensor ifft(DeviceTensor spectrum) {
        return issue(IFFT, spectrum);
    }

    @Override
    public DeviceTensor ifft(DeviceTensor spectrum, long points) {
        return issue(transform("fft_ifft", positive("ifft", points)), spectrum);
    }

    private static long positive(String op, long points) {
        if (points < 1) {
            throw new IllegalArgumentException(op + " takes at least one point, found " + points);
        }
        return points;
    }

    @Override
    public DeviceTensor fftShift(DeviceTensor spectrum, int... dims) {
        return issue(
                template(
                        "aten.fft_fftshift",
                        operands -> ShapeRules.sameButDims("fftShift", dims, operands[0]),
                        ref("self", 0),
                        arg(
                                "dim",
                                Argument.ListOf.ints(
                                        Arrays.stream(dims).asLongStream().toArray()))),
                spectrum);
    }

    @Override
    public DeviceTensor real(DeviceTensor input) {
        return issue(REAL, input);
    }

    @Override
    public DeviceTensor abs(DeviceTensor input) {
        return issue(ABS, input);
    }

    // --- element by element ---

    @Override
    public DeviceTensor add(DeviceTensor left, DeviceTensor right) {
        return issue(ADD, left, right);
    }

    @Override
    public DeviceTensor subtract(DeviceTensor left, DeviceTensor right) {
        return issue(SUBTRACT, left, right);
    }

    @Override
    public DeviceTensor multiply(DeviceTensor left, DeviceTensor right) {
        return issue(MULTIPLY, left, right);
    }

    @Override
    public DeviceTensor divide(DeviceTensor left, DeviceTensor right) {
        return issue(DIVIDE, left, right);
    }

    @Override
    public DeviceTensor multiplyConjugate(DeviceTensor left, DeviceTensor right) {
        return issue(MULTIPLY_CONJUGATE, left, right);
    }

    @Override
    public DeviceTensor scale(DeviceTensor input, double factor) {
        return issue(
                template(
                        "aten.mul.Scalar",
                        operands -> operands[0].isComplex() ? operands[0] : ShapeRules.real("scale", operands[0]),
                        ref("self", 0),
                        arg("other", new Argument.Real(factor))),
                input);
    }

    // --- reductions and order ---

    @Override
    public DeviceTensor argmax(DeviceTensor input, int dim) {
        return issue(
                template(
                        "aten.argmax",
                        operands -> ShapeRules.without("argmax", dim, operands[0], DType.INT64),
                        ref("self", 0),
                        arg("dim", new Argument.Int(dim)),
                        arg("keepdim", new Argument.Bool(false))),
                input);
    }

    @Override
    public DeviceTensor concat(int dim, List<? extends DeviceTensor> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("concat takes at least one tensor, found none");
        }
        List<Argument> refs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            refs.add(new Argument.Ref(i));
        }
        return issue(
                template(
                        "aten.cat",
                        operands -> ShapeRules.concatenated(dim, operands),
                        arg("tensors", new Argument.ListOf(refs)),
                        arg("dim", new Argument.Int(dim))),
                parts.toArray(DeviceTensor[]::new));
    }

    @Override
    public DeviceTensor reshape(DeviceTensor input, long... sizes) {
        return session().view((Scope) this, own(input), sizes);
    }

    @Override
    public DeviceTensor transpose(DeviceTensor input, int first, int second) {
        return issue(
                template(
                        "aten.transpose.int",
                        operands -> ShapeRules.transposed(operands[0], first, second),
                        ref("self", 0),
                        arg("dim0", new Argument.Int(first)),
                        arg("dim1", new Argument.Int(second))),
                input);
    }

    @Override
    public DeviceTensor slice(DeviceTensor input, int dim, long from, long to) {
        return issue(
                template(
                        "aten.slice.Tensor",
                        operands -> ShapeRules.sliced(operands[0], dim, from, to),
                        ref("self", 0),
                        arg("dim", new Argument.Int(dim)),
                        arg("start", new Argument.Int(from)),
                        arg("end", new Argument.Int(to)),
                        arg("step", new Argument.Int(1))),
                input);
    }

    @Override
    public OperatorCall operator(OpName name) {
        return new AnyOperatorCall((Scope) this, name);
    }
}
