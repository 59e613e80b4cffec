// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.TorchScriptReader;
import org.saguaro.model.torch.script.GraphText;
import org.saguaro.model.torch.script.ScriptBuilder;

/** Code in, graph out. */
class ModelTracerTest {

    @TempDir
    Path folder;

    @Test
    void evaluatesWhatIsKnown() throws Exception {
        assertGraph(forward("x: Tensor", """
                        n = torch.mul(torch.add(1, 2), 2)
                        if torch.gt(n, 5):
                          y = torch.relu(x)
                        else:
                          y = torch.tanh(x)
                        z, w, = ([y, x], n)
                        if torch.__is__(x, None):
                          ops.prim.RaiseException("impossible")
                        else:
                          pass
                        return torch.add(z[0], float(w))
                        """), """
                relu:tensor = aten.relu.default(x)
                add:tensor = aten.add.Tensor(relu, 6.0, 1)
                -> add""");
    }

    @Test
    void unrollsALoopOfKnownLength() throws Exception {
        assertGraph(forward("x: Tensor", """
                        y = x
                        for i in range(3):
                          y0 = torch.mul(y, i)
                          y = y0
                        return y
                        """), """
                mul:tensor = aten.mul.Tensor(x, 0)
                mul_1:tensor = aten.mul.Tensor(mul, 1)
                mul_2:tensor = aten.mul.Tensor(mul_1, 2)
                -> mul_2""");
    }

    @Test
    void makesALoopOfWhatChangesInIt() throws Exception {
        assertGraph(forward("x: Tensor", """
                        y = x
                        k = 1
                        parts = annotate(List[Tensor], [])
                        for i in range(torch.size(x, 0)):
                          y0 = torch.add(y, x)
                          _0 = torch.append(parts, y0)
                          k0 = torch.add(k, i)
                          y, k = y0, k0
                        return (torch.stack(parts), k)
                        """), """
                size:INT = host.size.default(x, 0)
                loop.0:tensor loop.1:INT loop.2:List[Tensor] = control.loop.default(size, true, ..., [x, 1, []], [x])
                  body[iteration_1, carried, carried_1, carried_2, x]
                    add_2:tensor = aten.add.Tensor(carried, x, 1)
                    append:List[Tensor] = host.append.default(carried_2, add_2)
                    add_3:INT = host.add.default(carried_1, iteration_1)
                    -> true, add_2, add_3, append
                stack:tensor = aten.stack.default(loop.2, 0)
                -> stack, loop.1""");
    }

    @Test
    void endsTheRequestWhereTheCodeRaises() throws Exception {
        assertGraph(forward("x: Tensor", """
                        if torch.ne(torch.dim(x), 2):
                          ops.prim.RaiseException(torch.format("got {}D", torch.dim(x)), "builtins.ValueError")
                        else:
                          pass
                        return torch.t(x)
                        """), """
                rank:INT = host.rank.default(x)
                ne:BOOL = host.ne.default(rank, 2)
                control.if.default(ne, ..., ..., [rank])
                  then[rank]
                    format:str = host.format.default('got {}D', [rank])
                    host.raise.default(format, 'builtins.ValueError')
                    -> \

                  else[rank]
                    -> \

                t:tensor = aten.t.default(x)
                -> t""");
    }

    @Test
    void joinsWhatBranchesLeave() throws Exception {
        assertGraph(forward("x: Tensor", """
                        a = annotate(List[int], [1, 2])
                        if bool(torch.sum(x)):
                          y, k, pair = torch.relu(x), 1, (x, 7)
                          a[0] = 5
                        else:
                          y, k, pair = x, 2, (torch.neg(x), 7)
                        return (y, torch.add(k, a[0]), a[1], (pair)[0], (pair)[1])
                        """), """
                sum:tensor = aten.sum.default(x)
                item:number = host.item.default(sum)
                bool:BOOL = host.bool.default(item)
                if.0:tensor if.1:INT if.2:tensor if.3:INT = control.if.default(bool, ..., ..., [x])
                  then[x]
                    relu:tensor = aten.relu.default(x)
                    -> relu, 1, x, 5
                  else[x]
                    neg:tensor = aten.neg.default(x)
                    -> x, 2, neg, 1
                add:INT = host.add.default(if.1, if.3)
                -> if.0, add, 2, if.2, 7""");
    }

    @Test
    void runsWhatFollowsAnEarlyReturnInTheOtherBranch() throws Exception {
        assertGraph(forward("x: Tensor", """
                        if torch.is_floating_point(x):
                          return x
                        else:
                          pass
                        return torch.to(x, 6)
                        """), """
                is_floating_point:BOOL = host.is_floating_point.default(x)
                if:tensor = control.if.default(is_floating_point, ..., ..., [x])
                  then[x]
                    -> x
                  else[x]
                    to:tensor = aten.to.dtype(x, float32)
                    -> to
                -> if""");
    }

    @Test
    void keepsSizesAsNumbersThoughTracingMadeThemTensors() throws Exception {
        assertGraph(forward("x: Tensor", """
                        a = ops.prim.NumToTensor(torch.size(x, 1))
                        b = torch.floor_divide(torch.mul(a, ops.prim.NumToTensor(2)), ops.prim.NumToTensor(3))
                        return torch.reshape(x, [-1, int(b)])
                        """), """
                size:INT = host.size.default(x, 1)
                mul:INT = host.mul.default(size, 2)
                floordiv:INT = host.floordiv.default(mul, 3)
                reshape:tensor = aten.reshape.default(x, [-1, floordiv])
                -> reshape""");
    }

    @Test
    void takesNoNoticeOfDevices() throws Exception {
        assertGraph(forward("x: Tensor", """
                        a = torch.to(torch.cuda(x), torch.device("cuda:0"), None, False, False)
                        b = torch.zeros([2], dtype=6, layout=0, device=ops.prim.device(x), pin_memory=False)
                        if ops.prim.is_cuda(a):
                          c = torch.neg(b)
                        else:
                          c = b
                        return torch.add(a, c)
                        """), """
                zeros:tensor = aten.zeros.default([2], float32, strided, cpu)
                add:tensor = aten.add.Tensor(x, zeros, 1)
                -> add""");
    }

    @Test
    void letsOperatorsWriteInPlace() throws Exception {
        assertGraph(forward("x: Tensor", """
                        y = torch.clone(x)
                        _0 = torch.add_(torch.select(y, 0, 0), 1)
                        z = torch.zeros([3])
                        _1 = torch.unsqueeze_(z, 0)
                        return (y, z)
                        """), """
                clone:tensor = aten.clone.default(x)
                select:tensor = aten.select.int(clone, 0, 0)
                add_:tensor = aten.add_.Tensor(select!, 1, 1)
                zeros:tensor = aten.zeros.default([3])
                unsqueeze:tensor = aten.unsqueeze.default(zeros, 0)
                -> clone, unsqueeze""");
    }

    @Test
    void keepsAttributesThatAreSetAsStates() throws Exception {
        assertGraph(
                forward("x: Tensor", """
                                n = torch.add(self.count, 1)
                                self.count = n
                                return torch.mul(x, n)
                                """)
                        .method("reset", "", "self.count = 0", "return None")
                        .attribute("count", 4),
                """
                add:INT = host.add.default(count, 1)
                mul:tensor = aten.mul.Tensor(x, add)
                state count INT from 4 to add
                -> mul
                method reset
                  state count INT from 4 to 0
                  -> \
                """);
    }

    @Test
    void dividesIntegersAsTheArchivesVersionDid() throws Exception {
        String code = "return torch.div(x, 2)";
        assertThat(GraphText.of(read(forward("x: Tensor", code).version(4))))
                .isEqualTo("div:tensor = aten.div.Tensor(x, 2)\n-> div");
        assertThat(GraphText.of(read(forward("x: Tensor", code).version(3))))
                .contains("control.if.default(is_floating_point", "aten.div.Tensor_mode(x, 2, 'trunc')");
        assertThat(GraphText.of(
                        read(forward("x: Tensor", "return torch.div(x, 2.)").version(3))))
                .isEqualTo("div:tensor = aten.div.Tensor(x, 2.0)\n-> div");
    }

    @Test
    void leavesOutParametersWithDefaults() throws Exception {
        LayerGraph graph = read(
                forward("x: Tensor,\n    pair: Tuple[Tensor, int],\n    k: int=3", "return torch.mul((pair)[0], k)"));
        assertThat(graph.inputs().stream()
                        .map(id ->
                                graph.value(id).name() + ":" + graph.value(id).type()))
                .containsExactly("x:tensor", "pair_0:tensor", "pair_1:INT");
    }

    @Test
    void putsBackWhatIsTakenOutOfAListOfUnknownLength() throws Exception {
        assertGraph(forward("x: Tensor", """
                        all = annotate(List[List[int]], [])
                        for i in range(torch.size(x, 0)):
                          _0 = torch.append(all, [i])
                        _1 = torch.append(all[0], 7)
                        return torch.len(all[0])
                        """), """
                size:INT = host.size.default(x, 0)
                loop:List[List[int]] = control.loop.default(size, true, ..., [[]], [])
                  body[iteration_1, carried]
                    append:List[List[int]] = host.append.default(carried, [iteration_1])
                    -> true, append
                get:List[int] = host.get.default(loop, 0)
                append_1:List[int] = host.append.default(get, 7)
                set:List[List[int]] = host.set.default(loop, 0, append_1)
                get_1:List[int] = host.get.default(set, 0)
                len:INT = host.len.default(get_1)
                -> len""");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            return ops.quantized.linear(x)               | quantized::linear            | quantised models are not supported
            return ops.mine.twice(x)                     | mine::twice                  | express the model with operators
            return torch.nothing(x)                      | torch.nothing(Tensor)        | express the model without it
            return torch.relu(x, 1)                      | torch.relu(Tensor, int)      | [aten.relu.default, aten.relu.out]
            return y                                     | the unknown variable y       | set before
            return CONSTANTS.c0                          | the constant c0              | one of the 0
            return (self).forward(x, )                   | deep inside each other       | recursion
            return self.missing                          | without the attribute missing| damaged
            return __torch__.Other(x)                    | __torch__.Other              | that the archive's code defines
            ops.prim.RaiseException("no", "E")           | always ends with an error    | no
            return [1, 2][5]                             | always ends with an error    | list index out of range
            return torch.add(x, 2j)                      | a complex number             | torch.complex()
            """)
    void refusesByNameWhatItCannotRead(String line, String found, String advice) {
        assertThatThrownBy(() -> read(forward("x: Tensor", line)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("code/__torch__.py, line ")
                .hasMessageContaining(found)
                .hasMessageContaining(advice);
    }

    @Test
    void refusesInputsThatNoRequestCanBring() {
        assertThatThrownBy(() -> read(forward("x: Dict[str, Tensor]", "return x[\"a\"]")))
                .hasMessageContaining("the input x of type Dict[str, Tensor]")
                .hasMessageContaining("save a module around the model");
    }

    /** Code that is made to take for ever, or all memory, ends with an error within moments. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            t = (x, x);for i in range(500):;  u = (t, t);  t = u      | a container of more than
            l = [1];for i in range(500):;  l = torch.add(l, l)        | a container of more than
            l = annotate(List[Any], []);_0 = torch.append(l, l)       | one that holds itself
            """)
    void spendsABoundedEffort(String code, String message) {
        String[] lines = (code + ";return x").split(";", -1);
        assertThatThrownBy(() -> read(forward("x: Tensor", String.join("\n", lines))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void unrollsWithinLimits() throws Exception {
        LayerGraph graph = read(forward("x: Tensor", """
                y = x
                for i in range(500):
                  for j in range(500):
                    y0 = torch.neg(y)
                    y = y0
                return y
                """));
        assertThat(graph.layers()).hasSizeBetween(1, 200_000).anyMatch(ControlOps::isControl);
    }

    @Test
    void refusesAVersionThatItDoesNotKnow() {
        assertThatThrownBy(() -> read(forward("x: Tensor", "return x").version(11)))
                .hasMessageContaining("found version 11, expected a version from 1 to 10");
        assertThatThrownBy(() ->
                        read(forward("x: Tensor", "return x").entry("version", "x".getBytes(StandardCharsets.UTF_8))))
                .hasMessageContaining("version x");
    }

    private static ScriptBuilder forward(String parameters, String code) {
        return new ScriptBuilder().forward(parameters, code.stripTrailing().split("\n", -1));
    }

    private LayerGraph read(ScriptBuilder archive) throws IOException, ModelFormatException {
        TorchScriptReader reader = new TorchScriptReader();
        Path file = archive.write(folder);
        assertThat(reader.accepts(file)).isTrue();
        return reader.read(file);
    }

    private void assertGraph(ScriptBuilder archive, String expected) throws IOException, ModelFormatException {
        assertThat(GraphText.of(read(archive)).strip()).isEqualTo(expected.strip());
    }
}
