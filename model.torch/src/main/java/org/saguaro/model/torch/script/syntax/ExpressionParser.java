// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Token.Kind;

/** Parses expressions and types. */
final class ExpressionParser {

    /** How tightly binary operators bind; all of one level group from the left. */
    private static final Map<String, Integer> PRECEDENCE = Map.ofEntries(
            Map.entry("or", 1),
            Map.entry("and", 2),
            Map.entry("in", 4),
            Map.entry("not", 4),
            Map.entry("is", 4),
            Map.entry("==", 4),
            Map.entry("!=", 4),
            Map.entry("<", 4),
            Map.entry("<=", 4),
            Map.entry(">", 4),
            Map.entry(">=", 4),
            Map.entry("|", 5),
            Map.entry("^", 6),
            Map.entry("&", 7),
            Map.entry("<<", 8),
            Map.entry(">>", 8),
            Map.entry("+", 9),
            Map.entry("-", 9),
            Map.entry("*", 10),
            Map.entry("/", 10),
            Map.entry("//", 10),
            Map.entry("%", 10),
            Map.entry("@", 10));

    private static final int NOT = 3;
    private static final int SIGN = 11;

    private static final Set<String> RESERVED = Set.of(
            "if",
            "else",
            "elif",
            "for",
            "while",
            "in",
            "is",
            "and",
            "or",
            "not",
            "return",
            "def",
            "class",
            "pass",
            "assert",
            "with",
            "break",
            "continue",
            "raise",
            "lambda",
            "import",
            "from",
            "del",
            "global",
            "try",
            "except",
            "finally",
            "yield",
            "async",
            "await",
            "nonlocal",
            "as");

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** One expression, or several with commas between them, which make a tuple. */
    Expression expressions() throws ModelFormatException {
        Position at = tokens.position();
        Expression first = expression();
        if (!tokens.lookingAt(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>();
        elements.add(first);
        while (tokens.accept(",")) {
            if (endsList()) {
                break;
            }
            elements.add(expression());
        }
        return new Expression.TupleDisplay(at, List.copyOf(elements));
    }

    private boolean endsList() {
        return tokens.lookingAt("=")
                || tokens.lookingAt(")")
                || tokens.lookingAt("]")
                || tokens.lookingAt(":")
                || tokens.lookingAt("in")
                || tokens.lookingAt(Kind.NEWLINE)
                || tokens.lookingAt(Kind.END);
    }

    Expression expression() throws ModelFormatException {
        tokens.enter();
        Position at = tokens.position();
        Expression value = binary(1);
        if (tokens.accept("if")) {
            Expression condition = binary(1);
            tokens.expect("else");
            value = new Expression.Conditional(at, condition, value, expression());
        }
        tokens.leave();
        return value;
    }

    /** What may stand before {@code in} of a for statement. */
    Expression target() throws ModelFormatException {
        Position at = tokens.position();
        Expression first = postfix();
        if (!tokens.lookingAt(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>();
        elements.add(first);
        while (tokens.accept(",") && !tokens.lookingAt("in")) {
            elements.add(postfix());
        }
        return new Expression.TupleDisplay(at, List.copyOf(elements));
    }

    private Expression binary(int least) throws ModelFormatException {
        Position at = tokens.position();
        Expression left = unary();
        while (true) {
            String operator = tokens.peek().text();
            Integer precedence =
                    tokens.lookingAt(Kind.SIGN) || tokens.lookingAt(Kind.NAME) ? PRECEDENCE.get(operator) : null;
            if (precedence == null || precedence < least) {
                return left;
            }
            tokens.next();
            if (operator.equals("not")) {
                tokens.expect("in");
                operator = "not in";
            } else if (operator.equals("is") && tokens.accept("not")) {
                operator = "is not";
            }
            left = new Expression.Binary(at, operator, left, binary(precedence + 1));
        }
    }

    private Expression unary() throws ModelFormatException {
        Position at = tokens.position();
        if (tokens.lookingAt("not") || tokens.lookingAt("-") || tokens.lookingAt("+") || tokens.lookingAt("~")) {
            tokens.enter();
            String operator = tokens.next().text();
            if (operator.equals("-") && tokens.lookingAt(Kind.NUMBER)) {
                Expression negative = number(tokens.next(), at, true);
                tokens.leave();
                return power(at, trailers(at, negative));
            }
            Expression operand = binary(operator.equals("not") ? NOT : SIGN);
            tokens.leave();
            return new Expression.Unary(at, operator, operand);
        }
        return power(at, postfix());
    }

    private Expression power(Position at, Expression base) throws ModelFormatException {
        if (!tokens.accept("**")) {
            return base;
        }
        tokens.enter();
        Expression exponent = unary();
        tokens.leave();
        return new Expression.Binary(at, "**", base, exponent);
    }

    private Expression postfix() throws ModelFormatException {
        Position at = tokens.position();
        return trailers(at, atom());
    }

    private Expression trailers(Position at, Expression first) throws ModelFormatException {
        Expression value = first;
        while (true) {
            if (tokens.accept(".")) {
                value = new Expression.Attribute(at, value, tokens.name());
            } else if (tokens.lookingAt("(")) {
                value = call(value);
            } else if (tokens.accept("[")) {
                Expression index = subscript();
                tokens.expect("]");
                value = new Expression.Subscript(at, value, index);
            } else {
                return value;
            }
        }
    }

    private Expression call(Expression function) throws ModelFormatException {
        Position at = tokens.position();
        tokens.expect("(");
        List<Expression> arguments = new ArrayList<>();
        List<Expression.Keyword> keywords = new ArrayList<>();
        while (!tokens.accept(")")) {
            if (tokens.lookingAt(Kind.NAME) && tokens.isFollowedBy("=")) {
                String name = tokens.name();
                tokens.expect("=");
                keywords.add(new Expression.Keyword(name, expression()));
            } else if (keywords.isEmpty()) {
                arguments.add(expression());
            } else {
                throw tokens.unexpected("a named argument, as before");
            }
            if (!tokens.accept(",") && !tokens.lookingAt(")")) {
                throw tokens.unexpected("\",\" or \")\"");
            }
        }
        return new Expression.Call(at, function, List.copyOf(arguments), List.copyOf(keywords));
    }

    private Expression subscript() throws ModelFormatException {
        Position at = tokens.position();
        @Nullable Expression start = tokens.lookingAt(":") ? null : expressions();
        if (start != null && !tokens.lookingAt(":")) {
            return start;
        }
        tokens.expect(":");
        @Nullable Expression stop = tokens.lookingAt(":") || tokens.lookingAt("]") ? null : expression();
        @Nullable Expression step = tokens.accept(":") && !tokens.lookingAt("]") ? expression() : null;
        return new Expression.Slice(at, start, stop, step);
    }

    private Expression atom() throws ModelFormatException {
        Position at = tokens.position();
        Token token = tokens.peek();
        switch (token.kind()) {
            case NUMBER -> {
                return number(tokens.next(), at, false);
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.lookingAt(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                return new Expression.TextLiteral(at, text.toString());
            }
            case NAME -> {
                return name(at);
            }
            case SIGN -> {
                return display(at);
            }
            case NEWLINE, INDENT, DEDENT, END -> throw tokens.unexpected("an expression");
        }
        throw tokens.unexpected("an expression");
    }

    private Expression name(Position at) throws ModelFormatException {
        String name = tokens.peek().text();
        if (RESERVED.contains(name)) {
            throw tokens.unexpected("an expression");
        }
        tokens.next();
        return switch (name) {
            case "True" -> new Expression.BoolLiteral(at, true);
            case "False" -> new Expression.BoolLiteral(at, false);
            case "None" -> new Expression.NoneLiteral(at);
            default -> new Expression.Name(at, name);
        };
    }

    private Expression display(Position at) throws ModelFormatException {
        if (tokens.lookingAt("^")) {
            throw at.refuse(
                    "an operator written in Python",
                    "operators of torch and torchvision",
                    "express the model without torch.autograd.Function and torch.jit.ignore, and save it again");
        }
        if (tokens.accept("(")) {
            return parenthesis(at);
        }
        if (tokens.accept("[")) {
            List<Expression> elements = new ArrayList<>();
            while (!tokens.accept("]")) {
                elements.add(expression());
                separator("]");
            }
            return new Expression.ListDisplay(at, List.copyOf(elements));
        }
        if (tokens.accept("{")) {
            List<Expression> keys = new ArrayList<>();
            List<Expression> values = new ArrayList<>();
            while (!tokens.accept("}")) {
                keys.add(expression());
                tokens.expect(":");
                values.add(expression());
                separator("}");
            }
            return new Expression.DictDisplay(at, List.copyOf(keys), List.copyOf(values));
        }
        throw tokens.unexpected("an expression");
    }

    private Expression parenthesis(Position at) throws ModelFormatException {
        List<Expression> elements = new ArrayList<>();
        boolean tuple = tokens.lookingAt(")");
        while (!tokens.accept(")")) {
            elements.add(expression());
            tuple |= tokens.lookingAt(",");
            separator(")");
        }
        return tuple ? new Expression.TupleDisplay(at, List.copyOf(elements)) : elements.get(0);
    }

    private void separator(String end) throws ModelFormatException {
        if (!tokens.accept(",") && !tokens.lookingAt(end)) {
            throw tokens.unexpected("\",\" or \"" + end + "\"");
        }
    }

    private static Expression number(Token token, Position at, boolean negative) throws ModelFormatException {
        String text = token.text();
        try {
            if (text.endsWith("j") || text.endsWith("J")) {
                double value = Double.parseDouble(text.substring(0, text.length() - 1));
                return new Expression.ImaginaryLiteral(at, negative ? -value : value);
            }
            if (text.matches("\\d{1,19}")) {
                BigInteger value = new BigInteger(text);
                return new Expression.IntLiteral(at, (negative ? value.negate() : value).longValueExact());
            }
            if (!text.isEmpty() && text.chars().anyMatch(c -> c == '.' || c == 'e' || c == 'E')) {
                double value = Double.parseDouble(text);
                return new Expression.FloatLiteral(at, negative ? -value : value);
            }
        } catch (NumberFormatException | ArithmeticException e) {
            throw at.refuse("the number \"" + text + "\"", "an integer of 64 bits or a real number");
        }
        throw at.refuse("the number \"" + text + "\"", "an integer of 64 bits or a real number");
    }

    /** A type. */
    TypeName type() throws ModelFormatException {
        tokens.enter();
        if (tokens.lookingAt(Kind.STRING)) {
            throw tokens.unexpected("a type");
        }
        StringBuilder name = new StringBuilder(tokens.name());
        while (tokens.accept(".")) {
            name.append('.').append(tokens.name());
        }
        List<TypeName> arguments = new ArrayList<>();
        if (tokens.accept("[")) {
            if (tokens.accept("(")) {
                tokens.expect(")");
            }
            while (!tokens.accept("]")) {
                arguments.add(type());
                separator("]");
            }
        }
        tokens.leave();
        return new TypeName(name.toString(), arguments);
    }
}
