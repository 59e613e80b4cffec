// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.ClassDefinition;
import org.saguaro.model.torch.script.syntax.Expression;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.ComplexValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.EnumMember;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;
import org.saguaro.model.torch.script.value.ScriptValue.Uninitialized;

/** Evaluates expressions, and assigns to what stands left of an equals sign. */
final class Evaluator {

    private static final String TORCH = "torch.";
    private static final String OPS = "ops.";
    private static final String OWN = "__torch__.";

    private final Recording recording;
    private final CodeLibrary library;
    private final Constants constants;
    private final Builtins builtins;
    private final Interpreter interpreter;

    Evaluator(
            Recording recording, CodeLibrary library, Constants constants, Builtins builtins, Interpreter interpreter) {
        this.recording = recording;
        this.library = library;
        this.constants = constants;
        this.builtins = builtins;
        this.interpreter = interpreter;
    }

    ScriptValue evaluate(Expression expression, Frame frame) throws ModelFormatException, CodeRaises {
        recording.at(expression.at());
        recording.budget().enterExpression(expression.at());
        ScriptValue value = valueOf(expression, frame);
        recording.budget().leaveExpression();
        return value;
    }

    private ScriptValue valueOf(Expression expression, Frame frame) throws ModelFormatException, CodeRaises {
        if (expression instanceof Expression.Name name) {
            return variable(name, frame);
        } else if (expression instanceof Expression.IntLiteral literal) {
            return new IntValue(literal.value());
        } else if (expression instanceof Expression.FloatLiteral literal) {
            return new FloatValue(literal.value());
        } else if (expression instanceof Expression.ImaginaryLiteral literal) {
            return new ComplexValue(0, literal.value());
        } else if (expression instanceof Expression.TextLiteral literal) {
            return new TextValue(literal.value());
        } else if (expression instanceof Expression.BoolLiteral literal) {
            return new BoolValue(literal.value());
        } else if (expression instanceof Expression.NoneLiteral) {
            return ScriptValue.NONE;
        } else if (expression instanceof Expression.ListDisplay display) {
            List<ScriptValue> elements = all(display.elements(), frame);
            return recording.list(Types.elementType(elements), elements);
        } else if (expression instanceof Expression.TupleDisplay display) {
            TupleValue tuple = new TupleValue(all(display.elements(), frame));
            recording.measure(tuple);
            return tuple;
        } else if (expression instanceof Expression.DictDisplay display) {
            return dictionary(display, frame);
        } else if (expression instanceof Expression.Attribute attribute) {
            return attribute(attribute, frame);
        } else if (expression instanceof Expression.Call call) {
            return call(call, frame);
        } else if (expression instanceof Expression.Subscript subscript) {
            return subscript(subscript, frame);
        } else if (expression instanceof Expression.Unary unary) {
            ScriptValue operand = evaluate(unary.operand(), frame);
            return switch (unary.operator()) {
                case "not" -> recording.host(HostOp.NOT, TypeName.BOOL, interpreter.truth(operand));
                case "-" -> builtins.torch("neg", List.of(operand), Map.of());
                case "~" -> builtins.torch("bitwise_not", List.of(operand), Map.of());
                default -> operand;
            };
        } else if (expression instanceof Expression.Binary binary) {
            return binary(binary, frame);
        } else if (expression instanceof Expression.Conditional conditional) {
            return conditional(conditional, frame);
        }
        throw expression.at().refuse("a slice outside of a subscript", "an expression");
    }

    private List<ScriptValue> all(List<Expression> expressions, Frame frame) throws ModelFormatException, CodeRaises {
        List<ScriptValue> values = new ArrayList<>();
        for (Expression expression : expressions) {
            values.add(evaluate(expression, frame));
        }
        return values;
    }

    private ScriptValue variable(Expression.Name name, Frame frame) throws ModelFormatException {
        ScriptValue value = frame.get(name.name());
        if (value != null) {
            return value;
        }
        return switch (name.name()) {
            case "inf" -> new FloatValue(Double.POSITIVE_INFINITY);
            case "nan" -> new FloatValue(Double.NaN);
            case "infj" -> new ComplexValue(0, Double.POSITIVE_INFINITY);
            case "nanj" -> new ComplexValue(0, Double.NaN);
            default -> throw name.at().refuse("the unknown variable " + name.name(), "a variable that is set before");
        };
    }

    private ScriptValue dictionary(Expression.DictDisplay display, Frame frame)
            throws ModelFormatException, CodeRaises {
        Map<ScriptValue, ScriptValue> entries = new LinkedHashMap<>();
        List<ScriptValue> keys = all(display.keys(), frame);
        List<ScriptValue> values = all(display.values(), frame);
        for (int i = 0; i < keys.size(); i++) {
            entries.put(keys.get(i), values.get(i));
        }
        TypeName key = keys.isEmpty() ? TypeName.STR : Types.elementType(keys);
        TypeName type = TypeName.of("Dict", key, Types.elementType(values));
        if (keys.stream().allMatch(ScriptValue.Constant.class::isInstance)) {
            return new DictObject(recording.heap(), type, new Content.Entries(entries));
        }
        return recording.host(HostOp.DICT, type, recording.list(key, keys), recording.list(type.element(), values));
    }

    private ScriptValue binary(Expression.Binary binary, Frame frame) throws ModelFormatException, CodeRaises {
        ScriptValue left = evaluate(binary.left(), frame);
        if (binary.operator().equals("and") || binary.operator().equals("or")) {
            boolean and = binary.operator().equals("and");
            ScriptValue truth = interpreter.truth(left);
            if (truth instanceof BoolValue known && known.value() != and) {
                return truth;
            }
            ScriptValue other = interpreter.truth(evaluate(binary.right(), frame));
            return recording.host(and ? HostOp.AND : HostOp.OR, TypeName.BOOL, truth, other);
        }
        ScriptValue right = evaluate(binary.right(), frame);
        String function = switch (binary.operator()) {
            case "+" -> "add";
            case "-" -> "sub";
            case "*" -> "mul";
            case "/" -> "div";
            case "//" -> "floordiv";
            case "%" -> "remainder";
            case "**" -> "pow";
            case "@" -> "matmul";
            case "==" -> "eq";
            case "!=" -> "ne";
            case "<" -> "lt";
            case "<=" -> "le";
            case ">" -> "gt";
            case ">=" -> "ge";
            case "&" -> "__and__";
            case "|" -> "__or__";
            case "^" -> "__xor__";
            case "<<" -> "__lshift__";
            case ">>" -> "__rshift__";
            case "is" -> "__is__";
            case "is not" -> "__isnot__";
            default -> "__contains__";
        };
        if (function.equals("__contains__")) {
            ScriptValue contains = builtins.torch(function, List.of(right, left), Map.of());
            return binary.operator().equals("in") ? contains : recording.host(HostOp.NOT, TypeName.BOOL, contains);
        }
        return builtins.torch(function, List.of(left, right), Map.of());
    }

    private ScriptValue conditional(Expression.Conditional conditional, Frame frame)
            throws ModelFormatException, CodeRaises {
        ScriptValue condition = interpreter.truth(evaluate(conditional.condition(), frame));
        if (condition instanceof BoolValue known) {
            return evaluate(known.value() ? conditional.ifTrue() : conditional.ifFalse(), frame);
        }
        ScriptValue ifTrue = evaluate(conditional.ifTrue(), frame);
        ScriptValue ifFalse = evaluate(conditional.ifFalse(), frame);
        return recording.host(
                HostOp.SELECT, Types.join(Types.of(ifTrue), Types.of(ifFalse)), condition, ifTrue, ifFalse);
    }

    private ScriptValue attribute(Expression.Attribute attribute, Frame frame) throws ModelFormatException, CodeRaises {
        String root = TypeExpressions.root(attribute);
        if (root != null && frame.get(root) == null) {
            return named(attribute, String.valueOf(TypeExpressions.qualifiedName(attribute)));
        }
        return member(evaluate(attribute.owner(), frame), attribute.name(), attribute.at());
    }

    /** What a qualified name stands for where it is not called. */
    private ScriptValue named(Expression.Attribute attribute, String name) throws ModelFormatException, CodeRaises {
        if (name.startsWith("CONSTANTS.")) {
            return constants.get(attribute.name(), attribute.at());
        }
        FunctionDefinition function = library.findFunction(name);
        if (function != null) {
            return new FunctionValue(name, function, null);
        }
        String owner = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        ClassDefinition enumeration = library.findClass(owner);
        if (enumeration != null) {
            ClassDefinition.Attribute member = enumeration.attributes().get(attribute.name());
            Expression value = member == null ? null : member.value();
            if (value != null && evaluate(value, new Frame(Map.of())) instanceof ScriptValue.Constant constant) {
                return new EnumMember(owner, constant.describe(), constant);
            }
        }
        throw attribute.at().refuse("the unknown name " + name, "a name that the archive or torch defines");
    }

    /** An attribute or a method of an object. */
    private ScriptValue member(ScriptValue owner, String name, Position at) throws ModelFormatException, CodeRaises {
        if (owner instanceof Instance instance) {
            ScriptValue field = instance.fields().values().get(name);
            if (field != null) {
                return field;
            }
            ClassDefinition definition = library.findClass(instance.className());
            FunctionDefinition method =
                    definition == null ? null : definition.methods().get(name);
            if (method != null) {
                return new FunctionValue(instance.className() + "." + name, method, instance);
            }
            ClassDefinition.Attribute constant =
                    definition == null ? null : definition.attributes().get(name);
            Expression value = constant == null ? null : constant.value();
            if (value != null) {
                return evaluate(value, new Frame(Map.of()));
            }
            throw at.refuse(owner.describe() + " without the attribute " + name, "it");
        }
        if (owner instanceof TupleValue tuple && tuple.className() != null) {
            ClassDefinition definition = library.findClass(tuple.className());
            int index = definition == null
                    ? -1
                    : List.copyOf(definition.attributes().keySet()).indexOf(name);
            if (index >= 0 && index < tuple.elements().size()) {
                return tuple.elements().get(index);
            }
        }
        if (owner instanceof EnumMember member) {
            return name.equals("value") ? member.value() : enumName(member);
        }
        if (owner instanceof ScriptValue.ComplexValue complex) {
            return new FloatValue(name.equals("real") ? complex.real() : complex.imaginary());
        }
        return builtins.prim(name, List.of(owner), Map.of());
    }

    private TextValue enumName(EnumMember member) throws ModelFormatException, CodeRaises {
        ClassDefinition definition = library.findClass(member.className());
        if (definition != null) {
            for (Map.Entry<String, ClassDefinition.Attribute> entry :
                    definition.attributes().entrySet()) {
                Expression value = entry.getValue().value();
                if (value != null && evaluate(value, new Frame(Map.of())).equals(member.value())) {
                    return new TextValue(entry.getKey());
                }
            }
        }
        throw recording.at().refuse("a member that its enumeration does not have", "one of its members");
    }

    private ScriptValue call(Expression.Call call, Frame frame) throws ModelFormatException, CodeRaises {
        Expression function = call.function();
        if (function instanceof Expression.Name name && frame.get(name.name()) == null) {
            return special(name.name(), call, frame);
        }
        String root = TypeExpressions.root(function);
        if (root != null && frame.get(root) == null) {
            String name = String.valueOf(TypeExpressions.qualifiedName(function));
            return named(name, call, frame);
        }
        if (function instanceof Expression.Attribute method) {
            ScriptValue owner = evaluate(method.owner(), frame);
            if (!(owner instanceof Instance)) {
                return builtins.method(method.name(), owner, all(call.arguments(), frame), keywords(call, frame));
            }
            ScriptValue member = member(owner, method.name(), method.at());
            return invoke(member, all(call.arguments(), frame), keywords(call, frame));
        }
        return invoke(evaluate(function, frame), all(call.arguments(), frame), keywords(call, frame));
    }

    private Map<String, ScriptValue> keywords(Expression.Call call, Frame frame)
            throws ModelFormatException, CodeRaises {
        Map<String, ScriptValue> named = new LinkedHashMap<>();
        for (Expression.Keyword keyword : call.keywords()) {
            named.put(keyword.name(), evaluate(keyword.value(), frame));
        }
        recording.at(call.at());
        return named;
    }

    private ScriptValue invoke(ScriptValue function, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        if (function instanceof FunctionValue known) {
            return interpreter.call(known, arguments, named);
        }
        if (function instanceof Instance) {
            return invoke(member(function, "forward", recording.at()), arguments, named);
        }
        throw recording.at().refuse("a call of " + function.describe(), "a function");
    }

    /** What only looks like a function. */
    private ScriptValue special(String name, Expression.Call call, Frame frame)
            throws ModelFormatException, CodeRaises {
        List<Expression> arguments = call.arguments();
        switch (name) {
            case "annotate" -> {
                requireArguments(call, 2);
                return annotated(TypeExpressions.type(arguments.get(0)), evaluate(arguments.get(1), frame));
            }
            case "unchecked_cast" -> {
                requireArguments(call, 2);
                return cast(TypeExpressions.type(arguments.get(0)), evaluate(arguments.get(1), frame));
            }
            case "uninitialized" -> {
                requireArguments(call, 1);
                return new Uninitialized(TypeExpressions.type(arguments.get(0)));
            }
            case "isinstance" -> {
                requireArguments(call, 2);
                return isInstance(evaluate(arguments.get(0), frame), arguments.get(1));
            }
            case "getattr" -> {
                requireArguments(call, 2);
                ScriptValue owner = evaluate(arguments.get(0), frame);
                if (evaluate(arguments.get(1), frame) instanceof TextValue text) {
                    return member(owner, text.value(), call.at());
                }
                throw call.at().refuse("getattr with a computed name", "a text");
            }
            case "fork", "awaitable" -> {
                List<ScriptValue> values = all(arguments, frame);
                if (values.isEmpty()) {
                    throw call.at().refuse(name + " of nothing", "a function");
                }
                return invoke(values.get(0), values.subList(1, values.size()), keywords(call, frame));
            }
            default -> {
                return builtins.python(name, all(arguments, frame), keywords(call, frame));
            }
        }
    }

    private static void requireArguments(Expression.Call call, int count) throws ModelFormatException {
        if (call.arguments().size() != count) {
            throw call.at().refuse(call.arguments().size() + " arguments", count + " arguments");
        }
    }

    private ScriptValue named(String name, Expression.Call call, Frame frame) throws ModelFormatException, CodeRaises {
        if (name.startsWith(OWN)) {
            return own(name, call, frame);
        }
        List<ScriptValue> arguments = all(call.arguments(), frame);
        Map<String, ScriptValue> keywords = keywords(call, frame);
        if (name.startsWith(TORCH)) {
            return builtins.torch(name.substring(TORCH.length()), arguments, keywords);
        }
        if (name.startsWith(OPS)) {
            String operator = name.substring(OPS.length());
            int dot = operator.indexOf('.');
            String namespace = dot < 0 ? "" : operator.substring(0, dot);
            String simple = operator.substring(dot + 1);
            return switch (namespace) {
                case "aten" -> builtins.torch(simple, arguments, keywords);
                case "prim" -> builtins.prim(simple, arguments, keywords);
                default -> builtins.custom(namespace, simple, arguments, keywords);
            };
        }
        if (name.startsWith("warnings.")) {
            return ScriptValue.NONE;
        }
        throw call.at().refuse("a call of the unknown function " + name, "one that the archive or torch defines");
    }

    /** A class or a function of the archive. */
    private ScriptValue own(String name, Expression.Call call, Frame frame) throws ModelFormatException, CodeRaises {
        if (name.endsWith(".__new__")) {
            String className = name.substring(0, name.length() - ".__new__".length());
            if (library.findClass(className) == null) {
                throw unknownClass(call, className);
            }
            return new Instance(recording.heap(), className, null, new Content.Fields(Map.of()));
        }
        FunctionDefinition function = library.findFunction(name);
        List<ScriptValue> arguments = all(call.arguments(), frame);
        Map<String, ScriptValue> keywords = keywords(call, frame);
        if (function != null) {
            return interpreter.call(new FunctionValue(name, function, null), arguments, keywords);
        }
        ClassDefinition definition = library.findClass(name);
        if (definition == null) {
            throw unknownClass(call, name);
        }
        if (!definition.base().equals("NamedTuple")) {
            FunctionDefinition constructor = definition.methods().get("__init__");
            Instance made = new Instance(recording.heap(), name, null, new Content.Fields(Map.of()));
            if (constructor != null) {
                interpreter.call(new FunctionValue(name, constructor, made), arguments, keywords);
            }
            return made;
        }
        return namedTuple(name, definition, call, arguments, keywords);
    }

    private ScriptValue namedTuple(
            String name,
            ClassDefinition definition,
            Expression.Call call,
            List<ScriptValue> arguments,
            Map<String, ScriptValue> keywords)
            throws ModelFormatException, CodeRaises {
        List<ScriptValue> elements = new ArrayList<>(arguments);
        List<String> names = List.copyOf(definition.attributes().keySet());
        for (int i = elements.size(); i < names.size(); i++) {
            ScriptValue value = keywords.get(names.get(i));
            ClassDefinition.Attribute attribute = definition.attributes().get(names.get(i));
            Expression defaultValue = attribute == null ? null : attribute.value();
            if (value == null && defaultValue != null) {
                value = evaluate(defaultValue, new Frame(Map.of()));
            }
            if (value == null) {
                throw call.at().refuse("a " + name + " without " + names.get(i), "all its fields");
            }
            elements.add(value);
        }
        if (elements.size() != names.size()) {
            throw call.at().refuse("a " + name + " of " + elements.size(), names.size() + " fields");
        }
        return new TupleValue(elements, name);
    }

    private static ModelFormatException unknownClass(Expression.Call call, String name) {
        return name.startsWith(OWN + "torch.classes.")
                ? call.at()
                        .refuse(
                                "the native class " + name.substring(OWN.length()),
                                "classes that the archive's code defines",
                                "native classes, such as packed quantised weights, are not supported: save the model in"
                                        + " float")
                : call.at().refuse("the unknown class or function " + name, "one that the archive's code defines");
    }

    private ScriptValue annotated(TypeName type, ScriptValue value) throws ModelFormatException, CodeRaises {
        TypeName wanted = type.unwrapped();
        if (value instanceof ListObject list
                && wanted.is("List")
                && !list.elementType().equals(wanted.element())) {
            List<ScriptValue> elements = list.elements();
            if (elements != null && elements.isEmpty()) {
                return recording.list(wanted.element(), elements);
            }
        }
        if (value instanceof DictObject dict
                && wanted.is("Dict")
                && dict.content() instanceof Content.Entries known
                && known.entries().isEmpty()) {
            return new DictObject(recording.heap(), wanted, known);
        }
        boolean tensor = value instanceof TensorObject || value instanceof NumberTensor;
        return switch (type.name()) {
            case "int" -> tensor ? recording.host(HostOp.INT, TypeName.INT, builtins.item(value)) : value;
            case "float" -> tensor ? recording.host(HostOp.FLOAT, TypeName.FLOAT, builtins.item(value)) : value;
            case "bool" -> tensor ? interpreter.truth(value) : value;
            case "number" -> tensor ? builtins.item(value) : value;
            default -> value;
        };
    }

    /** The value as of a type that it is known to have. */
    private ScriptValue cast(TypeName type, ScriptValue value) throws ModelFormatException, CodeRaises {
        if (!(value instanceof HostNode host) || host.type().equals(type) || type.is("Optional")) {
            return value;
        }
        if (host.type().is("number")) {
            return switch (type.name()) {
                case "int" -> recording.host(HostOp.INT, TypeName.INT, value);
                case "float" -> recording.host(HostOp.FLOAT, TypeName.FLOAT, value);
                default -> value;
            };
        }
        List<Node> made = recording.recordHost(
                HostOp.UNWRAP,
                List.of(Types.valueType(type)),
                value,
                new TextValue("found None, expected a value of type " + type));
        return recording.wrap(made.get(0), type);
    }

    private ScriptValue isInstance(ScriptValue value, Expression types) throws ModelFormatException, CodeRaises {
        List<TypeName> wanted = new ArrayList<>();
        if (types instanceof Expression.TupleDisplay several) {
            for (Expression one : several.elements()) {
                wanted.add(TypeExpressions.type(one));
            }
        } else if (types instanceof Expression.ListDisplay several) {
            for (Expression one : several.elements()) {
                wanted.add(TypeExpressions.type(one));
            }
        } else {
            wanted.add(TypeExpressions.type(types));
        }
        TypeName found = Types.of(value);
        if (found.is("Optional") && value instanceof HostNode) {
            boolean none = wanted.stream().anyMatch(type -> type.is("NoneType"));
            boolean inside = wanted.stream().anyMatch(type -> isA(found.unwrapped(), type));
            if (none == inside) {
                return new BoolValue(none);
            }
            ScriptValue isNone = recording.host(HostOp.IS, TypeName.BOOL, value, ScriptValue.NONE);
            return none ? isNone : recording.host(HostOp.NOT, TypeName.BOOL, isNone);
        }
        if (value instanceof HostNode && (found.is("Any") || found.is("Union") || found.is("number"))) {
            throw recording.refuse(
                    "isinstance of " + value.describe(),
                    "of a value whose type the code tells",
                    "let each variable have one type, and save the model again");
        }
        return new BoolValue(wanted.stream().anyMatch(type -> isA(found, type)));
    }

    private static boolean isA(TypeName found, TypeName wanted) {
        if (wanted.is("Any") || found.equals(wanted)) {
            return true;
        }
        if (wanted.is("Optional")) {
            return found.is("NoneType") || isA(found, wanted.unwrapped());
        }
        if (wanted.is("number")) {
            return found.is("int") || found.is("float");
        }
        return found.name().equals(wanted.name())
                && (wanted.arguments().isEmpty()
                        || found.arguments().size() != wanted.arguments().size()
                        || (found.is("List") && wanted.element().is("Any")));
    }

    private ScriptValue subscript(Expression.Subscript subscript, Frame frame) throws ModelFormatException, CodeRaises {
        ScriptValue container = evaluate(subscript.container(), frame);
        if (subscript.index() instanceof Expression.Slice slice) {
            Expression start = slice.start();
            Expression stop = slice.stop();
            Expression step = slice.step();
            return builtins.slice(
                    container,
                    start == null ? ScriptValue.NONE : evaluate(start, frame),
                    stop == null ? ScriptValue.NONE : evaluate(stop, frame),
                    step == null ? new IntValue(1) : evaluate(step, frame));
        }
        ScriptValue index = evaluate(subscript.index(), frame);
        return builtins.torch("__getitem__", List.of(container, index), Map.of());
    }

    /** Assigns a value. */
    void assign(Expression target, ScriptValue value, Frame frame) throws ModelFormatException, CodeRaises {
        if (target instanceof Expression.Name name) {
            frame.set(name.name(), value);
        } else if (target instanceof Expression.TupleDisplay several) {
            List<ScriptValue> values = unpacked(value, several.elements().size());
            for (int i = 0; i < values.size(); i++) {
                assign(several.elements().get(i), values.get(i), frame);
            }
        } else if (target instanceof Expression.Attribute attribute) {
            if (!(evaluate(attribute.owner(), frame) instanceof Instance instance)) {
                throw target.at().refuse("an assignment to an attribute of no object of the model", "one of an object");
            }
            recording.spend(instance.fields().values().size());
            recording.measure(value);
            recording.heap().change(instance, instance.fields().with(attribute.name(), value));
        } else if (target instanceof Expression.Subscript subscript) {
            ScriptValue container = evaluate(subscript.container(), frame);
            ScriptValue index = evaluate(subscript.index(), frame);
            builtins.torch("_set_item", List.of(container, index, value), Map.of());
        }
    }

    /** As many values as there are variables for them. */
    private List<ScriptValue> unpacked(ScriptValue value, int count) throws ModelFormatException, CodeRaises {
        List<ScriptValue> elements = value instanceof TupleValue tuple ? tuple.elements() : null;
        if (value instanceof ListObject list) {
            elements = list.elements();
            if (elements == null) {
                elements = unpackedRemote(list, count);
            }
        }
        if (elements == null) {
            throw recording.at().refuse(value.describe() + " taken apart", "a tuple or a list");
        }
        if (elements.size() != count) {
            throw recording.raise(
                    "expected " + count + " elements in a list but found " + elements.size(), "RuntimeError");
        }
        return elements;
    }

    private List<ScriptValue> unpackedRemote(ListObject list, int count) throws ModelFormatException, CodeRaises {
        Node node = ((Content.Remote) list.content()).node();
        List<Node> parts =
                list.elementType().is("Tensor") ? recording.draft().split(node, count, new AnyTensor()) : null;
        boolean split = parts != null;
        if (parts == null) {
            List<ValueType> types = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                types.add(Types.valueType(list.elementType()));
            }
            parts = recording.recordHost(HostOp.UNPACK, types, list);
        }
        List<ScriptValue> elements = new ArrayList<>();
        for (Node part : parts) {
            elements.add(recording.wrap(part, list.elementType()));
        }
        if (split) {
            recording.heap().change(list, new Content.Elements(elements));
        }
        return elements;
    }

    /** The value as an integer, which a tensor may hold. */
    ScriptValue integer(ScriptValue value) throws ModelFormatException, CodeRaises {
        return value instanceof TensorObject || value instanceof NumberTensor || value instanceof HostNode
                ? recording.host(HostOp.INT, TypeName.INT, value instanceof HostNode ? value : builtins.item(value))
                : value;
    }
}
