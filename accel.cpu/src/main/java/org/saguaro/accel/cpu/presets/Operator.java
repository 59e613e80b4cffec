// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.AliasInfo;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.FunctionSchema;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueOptional;
import org.bytedeco.pytorch.IntOptional;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;
import org.saguaro.model.api.OpName;

/**
 * An operator overload as libtorch's dispatcher knows it, or one of ours. Immutable and thread-safe; lives as long as the
 * process, like the schema it describes.
 */
final class Operator implements OperatorSchema {

    private final OpName name;
    private final BoxedFunction function;
    private final List<Parameter> parameters;
    private final List<Boolean> aliasingResults;
    private final boolean returnsList;
    private final boolean runsOnCpu;
    private final boolean mayAliasSilently;

    /** An operator of libtorch. */
    Operator(OpName name, OperatorHandle handle) {
        this(
                name,
                handle.schema(),
                kept(handle)::callBoxed,
                handle.hasComputedKernelForDispatchKey(torch.DispatchKey.CPU),
                !handle.hasKernelForDispatchKey(torch.DispatchKey.CPU) && !OperatorSchema.FRESH.contains(name.name()));
    }

    /** An operator of ours, whose results share no memory with its arguments. */
    Operator(OpName name, FunctionSchema schema, BoxedFunction function) {
        this(name, schema, function, true, false);
    }

    private Operator(OpName name, FunctionSchema schema, BoxedFunction function, boolean runsOnCpu, boolean composite) {
        this.name = name;
        this.function = function;
        this.runsOnCpu = runsOnCpu;
        parameters = parameters(schema.arguments());
        aliasingResults = aliasingResults(schema.returns());
        returnsList = schema.returns().limit() == 1
                && schema.returns().getPointer(0).type().get().kind().intern() == torch.TypeKind.ListType;
        mayAliasSilently = composite && aliasingResults.stream().noneMatch(a -> a);
    }

    @Override
    public OpName name() {
        return name;
    }

    BoxedFunction function() {
        return function;
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public @Nullable Parameter parameter(String parameterName) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(parameterName)) {
                return parameter;
            }
        }
        return null;
    }

    @Override
    public List<Boolean> aliasingResults() {
        return aliasingResults;
    }

    /** Whether it returns one list. */
    boolean returnsList() {
        return returnsList;
    }

    /** Whether libtorch has a CPU kernel for it, its own or composed of others. */
    boolean runsOnCpu() {
        return runsOnCpu;
    }

    @Override
    public boolean mayAliasSilently() {
        return mayAliasSilently;
    }

    private static List<Parameter> parameters(Argument arguments) {
        List<Parameter> parameters = new ArrayList<>();
        for (long i = 0; i < arguments.limit(); i++) {
            parameters.add(parameter(arguments.getPointer(i)));
        }
        return List.copyOf(parameters);
    }

    private static Parameter parameter(Argument argument) {
        Type.TypePtr type = argument.type();
        while (type.get().kind().intern() == torch.TypeKind.OptionalType) {
            type = type.get().containedType(0);
        }
        boolean list = type.get().kind().intern() == torch.TypeKind.ListType;
        Type.@Nullable TypePtr elementType = null;
        int listLength = 0;
        if (list) {
            elementType = kept(type.get().containedType(0));
            type = elementType;
            while (type.get().kind().intern() == torch.TypeKind.OptionalType) {
                type = type.get().containedType(0);
            }
            IntOptional length = argument.N();
            listLength = length.has_value() ? length.get() : 0;
        }
        AliasInfo alias = argument.alias_info();
        boolean aliased = alias != null && !alias.isNull();
        return new Parameter(
                argument.name().getString(),
                kind(type.get().kind().intern()),
                list,
                listLength,
                elementType,
                aliased,
                aliased && alias.isWrite(),
                defaultValue(argument));
    }

    private static @Nullable IValue defaultValue(Argument argument) {
        IValueOptional value = argument.default_value();
        return value.has_value() ? kept(new IValue(value.get())) : null;
    }

    /** Operators are looked up while temporaries are being collected, but stay. */
    private static <P extends Pointer> P kept(P pointer) {
        pointer.retainReference();
        return pointer;
    }

    private static Parameter.Kind kind(torch.TypeKind kind) {
        return switch (kind) {
            case TensorType -> Parameter.Kind.TENSOR;
            case IntType, SymIntType -> Parameter.Kind.INT;
            case FloatType, SymFloatType -> Parameter.Kind.FLOAT;
            case BoolType, SymBoolType -> Parameter.Kind.BOOL;
            case NumberType -> Parameter.Kind.NUMBER;
            case StringType -> Parameter.Kind.TEXT;
            case DeviceObjType -> Parameter.Kind.DEVICE;
            default -> Parameter.Kind.OTHER;
        };
    }

    private static List<Boolean> aliasingResults(Argument returns) {
        List<Boolean> aliasing = new ArrayList<>();
        for (long i = 0; i < returns.limit(); i++) {
            AliasInfo alias = returns.getPointer(i).alias_info();
            aliasing.add(alias != null && !alias.isNull());
        }
        return List.copyOf(aliasing);
    }
}
