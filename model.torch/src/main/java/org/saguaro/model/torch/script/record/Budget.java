// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Position;

/** Bounds what reading a model may take, so that code made to hurt ends in an error and not in a hang. */
public final class Budget {

    /** A detector of 300 layers takes some ten thousand. */
    private static final long MAX_STEPS = 5_000_000;

    private static final int MAX_LAYERS = 200_000;

    /** Calls, branches and loops inside each other. */
    private static final int MAX_DEPTH = 150;

    private static final String SIMPLIFY =
            "if the model is meant to be so large, cut it in parts and save each of them: torch.jit.save(part, ...)";

    /** Expressions inside each other, over all calls that are running. */
    private static final int MAX_EXPRESSION_DEPTH = 400;

    private long steps;
    private int layers;
    private int depth;
    private int expressionDepth;

    /** Counts work. */
    void spend(long count, Position at) throws ModelFormatException {
        steps += count;
        if (steps > MAX_STEPS) {
            throw at.refuse(
                    "code that takes more than " + MAX_STEPS + " steps to read", "a model that takes fewer", SIMPLIFY);
        }
    }

    /** Counts a layer. */
    void layer(Position at) throws ModelFormatException {
        if (++layers > MAX_LAYERS) {
            throw at.refuse("more than " + MAX_LAYERS + " layers", "a model of fewer", SIMPLIFY);
        }
    }

    /** Whether loops may still be unrolled. */
    public boolean allowsUnrolling() {
        return layers < MAX_LAYERS / 8 && steps < MAX_STEPS / 4;
    }

    /** Goes into a call, a branch or a loop. */
    public void enter(Position at) throws ModelFormatException {
        if (++depth > MAX_DEPTH) {
            throw at.refuse(
                    "calls, branches and loops more than " + MAX_DEPTH + " deep inside each other",
                    "fewer; recursion is not supported",
                    SIMPLIFY);
        }
    }

    public void leave() {
        depth--;
    }

    /** Goes into an expression. */
    public void enterExpression(Position at) throws ModelFormatException {
        if (++expressionDepth > MAX_EXPRESSION_DEPTH) {
            throw at.refuse(
                    "expressions and calls more than " + MAX_EXPRESSION_DEPTH + " deep inside each other",
                    "fewer",
                    SIMPLIFY);
        }
    }

    public void leaveExpression() {
        expressionDepth--;
    }

    /** How deep it is in expressions. */
    public int expressionDepth() {
        return expressionDepth;
    }

    /** How deep it is in. */
    public int depth() {
        return depth;
    }

    /** Is back where it was, after an error of the code. */
    public void depth(int before, int expressionsBefore) {
        depth = before;
        expressionDepth = expressionsBefore;
    }
}
