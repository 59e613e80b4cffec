// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.List;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Token.Kind;

/** Words in a row, with a look ahead. */
final class TokenStream {

    /** What nests deeper was not written by TorchScript. */
    private static final int MAX_DEPTH = 256;

    private final Position.Source source;
    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(Position.Source source, List<Token> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Kind.END) {
            at++;
        }
        return token;
    }

    boolean lookingAt(String word) {
        return peek().is(word);
    }

    boolean lookingAt(Kind kind) {
        return peek().kind() == kind;
    }

    boolean isFollowedBy(String word) {
        return at + 1 < tokens.size() && tokens.get(at + 1).is(word);
    }

    boolean accept(String word) {
        if (!lookingAt(word)) {
            return false;
        }
        next();
        return true;
    }

    boolean accept(Kind kind) {
        if (!lookingAt(kind)) {
            return false;
        }
        next();
        return true;
    }

    void expect(String word) throws ModelFormatException {
        if (!accept(word)) {
            throw unexpected("\"" + word + "\"");
        }
    }

    void expect(Kind kind, String expected) throws ModelFormatException {
        if (!accept(kind)) {
            throw unexpected(expected);
        }
    }

    String name() throws ModelFormatException {
        if (!lookingAt(Kind.NAME)) {
            throw unexpected("a name");
        }
        return next().text();
    }

    Position position() {
        return new Position(source, peek().line(), peek().column());
    }

    ModelFormatException unexpected(String expected) {
        return position().refuse(peek().describe(), expected);
    }

    void enter() throws ModelFormatException {
        if (++depth > MAX_DEPTH) {
            throw position().refuse("code nested more than " + MAX_DEPTH + " deep", "code as TorchScript writes it");
        }
    }

    void leave() {
        depth--;
    }
}
