// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Token.Kind;

/** Cuts code into words, indentation included. Line ends inside brackets do not count. */
final class Lexer {

    private static final String[] SIGNS = {
        "**=", "//=", "<<=", ">>=", "->", "==", "!=", "<=", ">=", "//", "**", "<<", ">>", "+=", "-=", "*=", "/=", "%=",
        "&=", "|=", "^=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "+", "-", "*", "/", "%", "<", ">", "&", "|",
        "^", "~", "@", ";"
    };

    private final Position.Source source;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Integer> indentations = new ArrayDeque<>();
    private int at;
    private int line = 1;
    private int lineStart;
    private int brackets;

    private Lexer(Position.Source source, String text) {
        this.source = source;
        this.text = text;
        indentations.push(0);
    }

    static List<Token> tokens(Position.Source source, String text) throws ModelFormatException {
        Lexer lexer = new Lexer(source, text);
        lexer.run();
        return lexer.tokens;
    }

    private void run() throws ModelFormatException {
        indentation();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                endLine();
            } else if (c == ' ' || c == '\t' || c == '\r') {
                at++;
            } else if (c == '#') {
                skipComment();
            } else if (c == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\n') {
                at++;
                nextLine();
            } else if (c == '"' || c == '\'') {
                string(c);
            } else if (isDigit(c) || (c == '.' && at + 1 < text.length() && isDigit(text.charAt(at + 1)))) {
                number();
            } else if (isLetter(c)) {
                name();
            } else {
                sign();
            }
        }
        if (brackets > 0) {
            throw here().refuse("the end of the code", "a closing bracket");
        }
        endStatement();
        while (indentations.element() > 0) {
            indentations.pop();
            add(Kind.DEDENT, "");
        }
        add(Kind.END, "");
    }

    private void endLine() throws ModelFormatException {
        if (brackets > 0) {
            nextLine();
            return;
        }
        endStatement();
        nextLine();
        indentation();
    }

    private void endStatement() {
        if (!tokens.isEmpty() && isWord(tokens.get(tokens.size() - 1).kind())) {
            add(Kind.NEWLINE, "");
        }
    }

    private static boolean isWord(Kind kind) {
        return kind == Kind.NAME || kind == Kind.NUMBER || kind == Kind.STRING || kind == Kind.SIGN;
    }

    private void nextLine() {
        at++;
        line++;
        lineStart = at;
    }

    /** At the beginning of a line: blank lines and comments are passed over. */
    private void indentation() throws ModelFormatException {
        int width = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == ' ') {
                width++;
                at++;
            } else if (c == '\t') {
                throw here().refuse("a tab", "blanks");
            } else if (c == '\r') {
                at++;
            } else if (c == '\n') {
                width = 0;
                nextLine();
            } else if (c == '#') {
                skipComment();
            } else {
                break;
            }
        }
        if (at >= text.length()) {
            return;
        }
        if (width > indentations.element()) {
            indentations.push(width);
            add(Kind.INDENT, "");
        }
        while (width < indentations.element()) {
            indentations.pop();
            add(Kind.DEDENT, "");
        }
        if (width != indentations.element()) {
            throw here().refuse("an indentation of " + width, "one of the lines above");
        }
    }

    private void skipComment() {
        while (at < text.length() && text.charAt(at) != '\n') {
            at++;
        }
    }

    private void name() {
        int start = at;
        while (at < text.length() && (isLetter(text.charAt(at)) || isDigit(text.charAt(at)))) {
            at++;
        }
        tokens.add(new Token(Kind.NAME, text.substring(start, at), line, start - lineStart + 1));
    }

    private void number() {
        int start = at;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean exponentSign =
                    (c == '+' || c == '-') && (text.charAt(at - 1) == 'e' || text.charAt(at - 1) == 'E') && at > start;
            if (!isDigit(c) && c != '.' && c != 'e' && c != 'E' && c != 'j' && c != 'J' && !exponentSign) {
                break;
            }
            at++;
        }
        tokens.add(new Token(Kind.NUMBER, text.substring(start, at), line, start - lineStart + 1));
    }

    private void sign() throws ModelFormatException {
        for (String sign : SIGNS) {
            if (text.startsWith(sign, at)) {
                switch (sign) {
                    case "(", "[", "{" -> brackets++;
                    case ")", "]", "}" -> brackets--;
                    default -> {}
                }
                if (brackets < 0) {
                    throw here().refuse("\"" + sign + "\"", "an opening bracket before it");
                }
                add(Kind.SIGN, sign);
                at += sign.length();
                return;
            }
        }
        throw here().refuse("the character " + describe(text.charAt(at)), "Python code as TorchScript writes it");
    }

    /** TorchScript escapes whatever is not printable ASCII byte by byte, in octal. */
    private void string(char quote) throws ModelFormatException {
        int startColumn = at - lineStart + 1;
        int startLine = line;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        at++;
        while (true) {
            if (at >= text.length() || text.charAt(at) == '\n') {
                throw here().refuse(
                                "the end of the line", "the end of the string that begins at column " + startColumn);
            }
            char c = text.charAt(at);
            if (c == quote) {
                at++;
                break;
            }
            if (c == '\\') {
                escape(bytes);
            } else {
                int end = Character.isHighSurrogate(c) && at + 1 < text.length() ? at + 2 : at + 1;
                bytes.writeBytes(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
                at = end;
            }
        }
        tokens.add(new Token(Kind.STRING, bytes.toString(StandardCharsets.UTF_8), startLine, startColumn));
    }

    private void escape(ByteArrayOutputStream bytes) throws ModelFormatException {
        at++;
        if (at >= text.length()) {
            throw here().refuse("the end of the code", "an escape sequence");
        }
        char c = text.charAt(at++);
        switch (c) {
            case 'n' -> bytes.write('\n');
            case 't' -> bytes.write('\t');
            case 'r' -> bytes.write('\r');
            case 'a' -> bytes.write(7);
            case 'b' -> bytes.write('\b');
            case 'f' -> bytes.write('\f');
            case 'v' -> bytes.write(11);
            case '\\', '\'', '"', '?' -> bytes.write(c);
            case 'x' -> {
                if (at + 2 > text.length()
                        || Character.digit(text.charAt(at), 16) < 0
                        || Character.digit(text.charAt(at + 1), 16) < 0) {
                    throw here().refuse("\\x without two hexadecimal digits", "an escape sequence of Python");
                }
                bytes.write(Integer.parseInt(text.substring(at, at + 2), 16));
                at += 2;
            }
            default -> {
                if (Character.digit(c, 8) < 0) {
                    throw here().refuse("the escape sequence \\" + describe(c), "an escape sequence of Python");
                }
                int value = Character.digit(c, 8);
                for (int digits = 1; digits < 3 && at < text.length(); digits++, at++) {
                    int digit = Character.digit(text.charAt(at), 8);
                    if (digit < 0) {
                        break;
                    }
                    value = value * 8 + digit;
                }
                bytes.write(value & 0xff);
            }
        }
    }

    private void add(Kind kind, String word) {
        tokens.add(new Token(kind, word, line, at - lineStart + 1));
    }

    private Position here() {
        return new Position(source, line, at - lineStart + 1);
    }

    private static boolean isLetter(char c) {
        return c == '_' || Character.isLetter(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String describe(char c) {
        return c > ' ' && c < 127 ? String.valueOf(c) : String.format("U+%04X", (int) c);
    }
}
