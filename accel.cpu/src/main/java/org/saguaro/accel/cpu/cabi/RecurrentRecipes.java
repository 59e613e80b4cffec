// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent layers over a whole sequence, as their equations say. One matrix product for all inputs, then step by step.
 *
 * <p>Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Cho et al., Learning Phrase Representations, 2014.
 */
final class RecurrentRecipes {

    private static final Long ONE = 1L;

    /** What one step does. */
    private enum Cell {
        LSTM(4),
        GRU(3),
        TANH(1),
        RELU(1);

        final int gates;

        Cell(int gates) {
            this.gates = gates;
        }
    }

    private RecurrentRecipes() {}

    static void collect(Recipes.Book book) {
        book.add("lstm.input", (t, a) -> run(t, a, Cell.LSTM, a.tensors("hx")))
                .add("gru.input", (t, a) -> run(t, a, Cell.GRU, a.tensor("hx")))
                .add("rnn_tanh.input", (t, a) -> run(t, a, Cell.TANH, a.tensor("hx")))
                .add("rnn_relu.input", (t, a) -> run(t, a, Cell.RELU, a.tensor("hx")))
                .add("lstm_cell", RecurrentRecipes::lstmCell);
    }

    private static Object[] lstmCell(Aten t, Arguments a) {
        TensorHandle[] states = a.tensors("hx");
        TensorHandle inputs = linear(t, a.tensor("input"), a.tensor("w_ih"), a.maybeTensor("b_ih"));
        TensorHandle[] next =
                step(t, Cell.LSTM, inputs, states[0], states[1], a.tensor("w_hh"), a.maybeTensor("b_hh"), null);
        return new Object[] {next[0], next[1]};
    }

    private static Object[] run(Aten t, Arguments a, Cell cell, TensorHandle... states) {
        TensorHandle input = a.tensor("input");
        boolean single = t.rank(input) == 2;
        boolean batchFirst = a.flag("batch_first");
        if (single) {
            input = ViewRecipes.unsqueeze(t, input, 1);
            states = Arrays.stream(states)
                    .map(s -> ViewRecipes.unsqueeze(t, s, 1))
                    .toArray(TensorHandle[]::new);
        } else if (batchFirst) {
            input = t.op("transpose.int", input, 0L, 1L);
        }
        if (a.flag("train") && a.real("dropout") != 0) {
            throw new IllegalArgumentException("a recurrent layer must not be in training with dropout");
        }
        Result result = layers(t, a, cell, input, states);
        TensorHandle output = single
                ? ViewRecipes.squeeze(t, result.output, 1)
                : batchFirst ? t.op("transpose.int", result.output, 0L, 1L) : result.output;
        Object[] results = new Object[1 + states.length];
        results[0] = output;
        for (int i = 0; i < states.length; i++) {
            TensorHandle stacked = ViewRecipes.stack(t, result.states[i], 0);
            results[1 + i] = single ? ViewRecipes.squeeze(t, stacked, 1) : stacked;
        }
        return results;
    }

    /** What the layers leave. */
    private static final class Result {
        /** Of the last layer. */
        final TensorHandle output;
        /** For each kind of state, that of each layer and direction. */
        final TensorHandle[][] states;

        Result(TensorHandle output, TensorHandle[][] states) {
            this.output = output;
            this.states = states;
        }
    }

    private static Result layers(Aten t, Arguments a, Cell cell, TensorHandle input, TensorHandle[] states) {
        TensorHandle[] params = a.tensors("params");
        int layers = Math.toIntExact(a.integer("num_layers"));
        int directions = a.flag("bidirectional") ? 2 : 1;
        boolean biased = a.flag("has_biases");
        boolean projected = cell == Cell.LSTM && t.size(states[0], 2) != t.size(states[1], 2);
        int each = (biased ? 4 : 2) + (projected ? 1 : 0);
        TensorHandle[][] last = new TensorHandle[states.length][layers * directions];
        TensorHandle current = input;
        for (int layer = 0; layer < layers; layer++) {
            TensorHandle[] outputs = new TensorHandle[directions];
            for (int direction = 0; direction < directions; direction++) {
                int at = layer * directions + direction;
                TensorHandle[] weights = Arrays.copyOfRange(params, at * each, (at + 1) * each);
                outputs[direction] =
                        sequence(t, cell, current, states, at, weights, biased, projected, direction == 1, last);
            }
            current = directions == 1 ? outputs[0] : t.op("cat", outputs, 2L);
        }
        return new Result(current, last);
    }

    private static TensorHandle sequence(
            Aten t,
            Cell cell,
            TensorHandle input,
            TensorHandle[] states,
            int at,
            TensorHandle[] weights,
            boolean biased,
            boolean projected,
            boolean backwards,
            TensorHandle[][] last) {
        int steps = Math.toIntExact(t.size(input, 0));
        TensorHandle inputs = linear(t, input, weights[0], biased ? weights[2] : null);
        TensorHandle hidden = row(t, states[0], at);
        TensorHandle memory = states.length > 1 ? row(t, states[1], at) : hidden;
        TensorHandle[] outputs = new TensorHandle[steps];
        for (int i = 0; i < steps; i++) {
            int step = backwards ? steps - 1 - i : i;
            TensorHandle[] next = step(
                    t,
                    cell,
                    row(t, inputs, step),
                    hidden,
                    memory,
                    weights[1],
                    biased ? weights[3] : null,
                    projected ? weights[weights.length - 1] : null);
            hidden = next[0];
            memory = next[1];
            outputs[step] = hidden;
        }
        last[0][at] = hidden;
        if (last.length > 1) {
            last[1][at] = memory;
        }
        return ViewRecipes.stack(t, outputs, 0);
    }

    private static TensorHandle row(Aten t, TensorHandle tensor, int index) {
        return ViewRecipes.squeeze(t, ViewRecipes.slice(t, tensor, 0, index, 1), 0);
    }

    private static TensorHandle linear(Aten t, TensorHandle input, TensorHandle weight, @Nullable TensorHandle bias) {
        return t.op("linear", input, weight, bias);
    }

    /** The next hidden state and, of an LSTM, the next cell state. */
    private static TensorHandle[] step(
            Aten t,
            Cell cell,
            TensorHandle inputs,
            TensorHandle hidden,
            TensorHandle memory,
            TensorHandle weight,
            @Nullable TensorHandle bias,
            @Nullable TensorHandle projection) {
        TensorHandle recurrent = linear(t, hidden, weight, bias);
        if (cell == Cell.GRU) {
            TensorHandle next = gru(t, gates(t, inputs, 3), gates(t, recurrent, 3), hidden);
            return new TensorHandle[] {next, next};
        }
        TensorHandle sum = ArithmeticRecipes.add(t, inputs, recurrent, ONE);
        if (cell != Cell.LSTM) {
            TensorHandle next = t.op(cell == Cell.TANH ? "tanh" : "relu", sum);
            return new TensorHandle[] {next, next};
        }
        TensorHandle[] gate = gates(t, sum, cell.gates);
        TensorHandle kept = t.op("mul.Tensor", t.op("sigmoid", gate[1]), memory);
        TensorHandle written = t.op("mul.Tensor", t.op("sigmoid", gate[0]), t.op("tanh", gate[2]));
        TensorHandle next = ArithmeticRecipes.add(t, kept, written, ONE);
        TensorHandle shown = t.op("mul.Tensor", t.op("sigmoid", gate[3]), t.op("tanh", next));
        return new TensorHandle[] {projection == null ? shown : linear(t, shown, projection, null), next};
    }

    private static TensorHandle gru(Aten t, TensorHandle[] input, TensorHandle[] recurrent, TensorHandle hidden) {
        TensorHandle reset = t.op("sigmoid", ArithmeticRecipes.add(t, input[0], recurrent[0], ONE));
        TensorHandle update = t.op("sigmoid", ArithmeticRecipes.add(t, input[1], recurrent[1], ONE));
        TensorHandle fresh =
                t.op("tanh", ArithmeticRecipes.add(t, input[2], t.op("mul.Tensor", reset, recurrent[2]), ONE));
        TensorHandle difference = ArithmeticRecipes.subtract(t, hidden, fresh, ONE);
        return ArithmeticRecipes.add(t, fresh, t.op("mul.Tensor", update, difference), ONE);
    }

    private static TensorHandle[] gates(Aten t, TensorHandle all, int count) {
        int at = t.rank(all) - 1;
        long each = t.size(all, at) / count;
        TensorHandle[] gates = new TensorHandle[count];
        for (int i = 0; i < count; i++) {
            gates[i] = ViewRecipes.slice(t, all, at, i * each, each);
        }
        return gates;
    }
}
