// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Token.Kind;

/**
 * Parses a file of an archive's code: definitions of classes and functions. It reads what TorchScript writes, and
 * refuses everything else with line and column.
 */
public final class Parser {

    private final TokenStream tokens;
    private final ExpressionParser expressions;

    private Parser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    /**
     * Parses a file.
     *
     * @throws ModelFormatException if it is not what TorchScript writes
     */
    public static SourceUnit parse(Position.Source source, String text) throws ModelFormatException {
        return new Parser(new TokenStream(source, Lexer.tokens(source, text))).unit();
    }

    private SourceUnit unit() throws ModelFormatException {
        Map<String, ClassDefinition> classes = new LinkedHashMap<>();
        Map<String, FunctionDefinition> functions = new LinkedHashMap<>();
        while (!tokens.lookingAt(Kind.END)) {
            Position at = tokens.position();
            if (tokens.lookingAt("class")) {
                ClassDefinition defined = classDefinition();
                requireNew(at, classes.put(defined.name(), defined), defined.name());
            } else if (tokens.lookingAt("def")) {
                FunctionDefinition defined = function();
                requireNew(at, functions.put(defined.name(), defined), defined.name());
            } else if (tokens.accept("import")) {
                skipImport();
            } else if (tokens.accept("op_version_set")) {
                tokens.expect("=");
                tokens.expect(Kind.NUMBER, "a version");
                endOfLine();
            } else {
                throw tokens.unexpected("class or def");
            }
        }
        return new SourceUnit(classes, functions);
    }

    /** What is imported is named in full wherever it is used. */
    private void skipImport() throws ModelFormatException {
        do {
            tokens.name();
        } while (tokens.accept("."));
        endOfLine();
    }

    private ClassDefinition classDefinition() throws ModelFormatException {
        Position at = tokens.position();
        tokens.expect("class");
        String name = tokens.name();
        String base = "";
        if (tokens.accept("(")) {
            base = tokens.lookingAt(")") ? "" : expressions.type().name();
            tokens.expect(")");
        }
        Set<String> parameters = new LinkedHashSet<>();
        Set<String> buffers = new LinkedHashSet<>();
        Map<String, ClassDefinition.Attribute> attributes = new LinkedHashMap<>();
        Map<String, FunctionDefinition> methods = new LinkedHashMap<>();
        openBlock();
        while (!tokens.accept(Kind.DEDENT)) {
            Position member = tokens.position();
            if (tokens.accept("pass")) {
                endOfLine();
            } else if (tokens.lookingAt("def")) {
                FunctionDefinition method = function();
                requireNew(member, methods.put(method.name(), method), method.name());
            } else if (tokens.isFollowedBy("[")) {
                tokens.name();
                tokens.expect("[");
                String attribute = text();
                tokens.expect("]");
                tokens.expect("=");
                attributes.put(attribute, new ClassDefinition.Attribute(expressions.type(), null));
                endOfLine();
            } else {
                String attribute = tokens.name();
                switch (attribute) {
                    case "__parameters__" -> parameters.addAll(texts());
                    case "__buffers__" -> buffers.addAll(texts());
                    case "__annotations__", "__forward_pre_hooks__", "__forward_hooks__" -> {
                        if (!texts().isEmpty()) {
                            throw member.refuse(
                                    "a module with hooks",
                                    "a module without",
                                    "remove its forward hooks before saving: call what they do in forward()");
                        }
                    }
                    default -> {
                        TypeName type = tokens.accept(":") ? expressions.type() : TypeName.ANY;
                        Expression value = tokens.accept("=") ? expressions.expressions() : null;
                        attributes.put(attribute, attribute(type, value));
                    }
                }
                endOfLine();
            }
        }
        return new ClassDefinition(at, name, base, parameters, buffers, attributes, methods);
    }

    private static ClassDefinition.Attribute attribute(TypeName type, @Nullable Expression value) {
        return new ClassDefinition.Attribute(type.is("Final") ? type.element() : type, value);
    }

    private List<String> texts() throws ModelFormatException {
        tokens.expect("=");
        tokens.expect("[");
        List<String> texts = new ArrayList<>();
        while (!tokens.accept("]")) {
            texts.add(text());
            if (!tokens.accept(",") && !tokens.lookingAt("]")) {
                throw tokens.unexpected("\",\" or \"]\"");
            }
        }
        return texts;
    }

    private String text() throws ModelFormatException {
        if (!tokens.lookingAt(Kind.STRING)) {
            throw tokens.unexpected("a string");
        }
        return tokens.next().text();
    }

    private FunctionDefinition function() throws ModelFormatException {
        Position at = tokens.position();
        tokens.expect("def");
        String name = tokens.name();
        List<FunctionDefinition.Parameter> parameters = new ArrayList<>();
        tokens.expect("(");
        while (!tokens.accept(")")) {
            String parameter = tokens.name();
            TypeName type = tokens.accept(":") ? expressions.type() : TypeName.ANY;
            Expression defaultValue = tokens.accept("=") ? expressions.expression() : null;
            parameters.add(new FunctionDefinition.Parameter(parameter, type, defaultValue));
            if (!tokens.accept(",") && !tokens.lookingAt(")")) {
                throw tokens.unexpected("\",\" or \")\"");
            }
        }
        TypeName returns = tokens.accept("->") ? expressions.type() : TypeName.ANY;
        return new FunctionDefinition(at, name, List.copyOf(parameters), returns, block());
    }

    private List<Statement> block() throws ModelFormatException {
        tokens.enter();
        openBlock();
        List<Statement> statements = new ArrayList<>();
        while (!tokens.accept(Kind.DEDENT)) {
            statements.add(statement());
        }
        tokens.leave();
        return List.copyOf(statements);
    }

    private void openBlock() throws ModelFormatException {
        tokens.expect(":");
        endOfLine();
        tokens.expect(Kind.INDENT, "an indented block");
    }

    private Statement statement() throws ModelFormatException {
        Position at = tokens.position();
        if (tokens.accept("if")) {
            return branch(at);
        }
        if (tokens.accept("while")) {
            Expression condition = expressions.expression();
            return new Statement.While(at, condition, block());
        }
        if (tokens.accept("for")) {
            Expression target = expressions.target();
            tokens.expect("in");
            Expression iterable = expressions.expressions();
            return new Statement.For(at, target, iterable, block());
        }
        if (tokens.accept("with")) {
            Expression context = expressions.expression();
            if (tokens.accept("as")) {
                tokens.name();
            }
            return new Statement.With(at, context, block());
        }
        if (tokens.lookingAt("def")) {
            return new Statement.Define(at, function());
        }
        Statement simple = simple(at);
        endOfLine();
        return simple;
    }

    private Statement branch(Position at) throws ModelFormatException {
        tokens.enter();
        Expression condition = expressions.expression();
        List<Statement> ifTrue = block();
        List<Statement> ifFalse = List.of();
        Position other = tokens.position();
        if (tokens.accept("elif")) {
            ifFalse = List.of(branch(other));
        } else if (tokens.accept("else")) {
            ifFalse = block();
        }
        tokens.leave();
        return new Statement.If(at, condition, ifTrue, ifFalse);
    }

    private Statement simple(Position at) throws ModelFormatException {
        if (tokens.accept("pass")) {
            return new Statement.Pass(at);
        }
        if (tokens.accept("break")) {
            return new Statement.Break(at);
        }
        if (tokens.accept("continue")) {
            return new Statement.Continue(at);
        }
        if (tokens.accept("return")) {
            return new Statement.Return(at, tokens.lookingAt(Kind.NEWLINE) ? null : expressions.expressions());
        }
        if (tokens.accept("raise")) {
            return new Statement.Raise(at, tokens.lookingAt(Kind.NEWLINE) ? null : expressions.expression());
        }
        if (tokens.accept("assert")) {
            Expression condition = expressions.expression();
            return new Statement.Assert(at, condition, tokens.accept(",") ? expressions.expression() : null);
        }
        Expression first = expressions.expressions();
        if (tokens.accept(":")) {
            TypeName type = expressions.type();
            tokens.expect("=");
            return new Statement.Assign(at, requireTarget(first), type, expressions.expressions());
        }
        if (tokens.accept("=")) {
            return new Statement.Assign(at, requireTarget(first), null, expressions.expressions());
        }
        String sign = tokens.peek().text();
        if (tokens.lookingAt(Kind.SIGN) && sign.length() > 1 && sign.endsWith("=") && !"==!=<=>=".contains(sign)) {
            tokens.next();
            String operator = sign.substring(0, sign.length() - 1);
            Expression value = new Expression.Binary(at, operator, first, expressions.expressions());
            return new Statement.Assign(at, requireTarget(first), null, value);
        }
        return new Statement.Evaluate(at, first);
    }

    private static Expression requireTarget(Expression target) throws ModelFormatException {
        if (target instanceof Expression.TupleDisplay tuple) {
            for (Expression element : tuple.elements()) {
                requireTarget(element);
            }
        } else if (!(target instanceof Expression.Name
                || target instanceof Expression.Attribute
                || target instanceof Expression.Subscript)) {
            throw target.at().refuse("an expression that nothing can be assigned to", "a variable");
        }
        return target;
    }

    private void endOfLine() throws ModelFormatException {
        tokens.expect(Kind.NEWLINE, "the end of the line");
    }

    private static void requireNew(Position at, @Nullable Object earlier, String name) throws ModelFormatException {
        if (earlier != null) {
            throw at.refuse("a second definition of " + name, "one");
        }
    }
}
