// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

/**
 * A word of the code.
 *
 * @param text as written; of a string, what it says
 */
record Token(Kind kind, String text, int line, int column) {

    enum Kind {
        NAME,
        NUMBER,
        STRING,
        /** Punctuation and operators. */
        SIGN,
        /** End of a logical line. */
        NEWLINE,
        INDENT,
        DEDENT,
        END
    }

    boolean is(String sign) {
        return (kind == Kind.SIGN || kind == Kind.NAME) && text.equals(sign);
    }

    String describe() {
        return switch (kind) {
            case NAME, NUMBER, SIGN -> "\"" + text + "\"";
            case STRING -> "a string";
            case NEWLINE -> "the end of the line";
            case INDENT -> "a deeper indentation";
            case DEDENT -> "the end of a block";
            case END -> "the end of the code";
        };
    }
}
