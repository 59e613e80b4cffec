// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;

/**
 * Whole graphs of archives that PyTorch wrote: control flow, arithmetic, state. See {@code src/test/python/export_fixtures.py}.
 */
class ControlFlowTest {

    /** Weights belong to the branches that read them; what the model writes is handed in. */
    @Test
    void branchesInABranch() throws Exception {
        assertThat(text("cond_sharing")).isEqualTo("""
                inputs x float32[2, 2]
                weight b_count = count float32[2]
                sum_1: aten.sum.default(self=x, dtype=none) -> sum_1 float32[]
                gt: aten.gt.Scalar(self=sum_1, other=0) -> gt bool[]
                cond: control.if.default(condition=gt, then_graph=graph, else_graph=graph, operands=[x, b_count]) -> getitem float32[2, 2]
                  then_graph cond.true_graph_0
                    inputs x float32[2, 2], b_count float32[2]
                    cond.true_graph_0.sum_1: aten.sum.default(self=x, dtype=none) -> sum_1 float32[]
                    cond.true_graph_0.gt: aten.gt.Scalar(self=sum_1, other=3) -> gt bool[]
                    cond.true_graph_0.cond: control.if.default(condition=gt, then_graph=graph, else_graph=graph, operands=[x, b_count]) -> getitem float32[2, 2]
                      then_graph cond.true_graph_0.cond.true_graph_0
                        inputs x float32[2, 2], b_count float32[2]
                        weight p_linear_bias = linear.bias float32[2]
                        weight p_linear_weight = linear.weight float32[2, 2]
                        cond.true_graph_0.cond.true_graph_0.linear: aten.linear.default(input=x, weight=p_linear_weight, bias=p_linear_bias) -> linear float32[2, 2]
                        outputs linear
                      else_graph cond.true_graph_0.cond.false_graph_0
                        inputs x float32[2, 2], b_count float32[2]
                        weight p_linear_bias = linear.bias float32[2]
                        weight p_linear_weight = linear.weight float32[2, 2]
                        cond.true_graph_0.cond.false_graph_0.linear: aten.linear.default(input=x, weight=p_linear_weight, bias=p_linear_bias) -> linear float32[2, 2]
                        cond.true_graph_0.cond.false_graph_0.add: aten.add.Tensor(self=linear, other=b_count, alpha=1) -> add float32[2, 2]
                        outputs add
                    outputs getitem
                  else_graph cond.false_graph_0
                    inputs x float32[2, 2], b_count float32[2]
                    cond.false_graph_0.sub: aten.sub.Tensor(self=x, other=1, alpha=1) -> sub float32[2, 2]
                    outputs sub
                add_: aten.add_.Tensor(self!=b_count, other=1, alpha=1) -> add_ float32[2]
                outputs getitem
                """);
    }

    /** The condition stands before the loop and at the end of its body. */
    @Test
    void whileLoop() throws Exception {
        assertThat(text("while_loop")).isEqualTo("""
                inputs i int64[], x float32[2, 2]
                weight b_limit = limit int64[]
                while_loop.while_loop_cond_graph_0.before.lt: aten.lt.Tensor(self=i, other=b_limit) -> while_loop.while_loop_cond_graph_0.before.lt bool[]
                while_loop: control.loop.default(max_trips=none, condition=while_loop.while_loop_cond_graph_0.before.lt, body=graph, carried=[i, x], captured=[]) -> getitem int64[], getitem_1 float32[2, 2]
                  body while_loop.while_loop_body_graph_0
                    inputs loop.iteration INT, arg0_1 int64[], arg1_1 float32[2, 2]
                    weight arg2_1 = limit int64[]
                    weight arg3_1 = linear.bias float32[2]
                    weight arg4_1 = linear.weight float32[2, 2]
                    while_loop.while_loop_body_graph_0.add: aten.add.Tensor(self=arg0_1, other=1, alpha=1) -> add int64[]
                    while_loop.while_loop_body_graph_0.linear: aten.linear.default(input=arg1_1, weight=arg4_1, bias=arg3_1) -> linear float32[2, 2]
                    while_loop.while_loop_cond_graph_0.lt: aten.lt.Tensor(self=add, other=arg2_1) -> while_loop.while_loop_cond_graph_0.lt bool[]
                    outputs while_loop.while_loop_cond_graph_0.lt, add, linear
                outputs getitem, getitem_1
                """);
    }

    /** One slice in each iteration; the results are stacked in the end. */
    @Test
    void mapOverADimensionOfUnknownSize() throws Exception {
        assertThat(text("map")).isEqualTo("""
                inputs xs float32[s83, 2, 2], y float32[2]
                map_impl.trips: host.size.default(tensor=xs, dim=0) -> map_impl.trips INT
                map_impl: control.loop.default(max_trips=map_impl.trips, condition=true, body=graph, carried=[[]], captured=[xs, y]) -> map_impl.collected_0 List[Tensor]
                  body map_impl.body_graph_0
                    inputs loop.iteration INT, loop.collected_0 List[Tensor], loop.sliced_0 float32[s83, 2, 2], y float32[2]
                    weight p_linear_weight = linear.weight float32[2, 2]
                    weight p_linear_bias = linear.bias float32[2]
                    map_impl.body_graph_0.select_0: aten.select.int(self=loop.sliced_0, dim=0, index=loop.iteration) -> xs float32[2, 2]
                    map_impl.body_graph_0.linear: aten.linear.default(input=xs, weight=p_linear_weight, bias=p_linear_bias) -> linear float32[2, 2]
                    map_impl.body_graph_0.add: aten.add.Tensor(self=linear, other=y, alpha=1) -> add float32[2, 2]
                    map_impl.body_graph_0.collect_0: host.append.default(list=loop.collected_0, value=add) -> loop.collecting_0 List[Tensor]
                    outputs true, loop.collecting_0
                map_impl.stack_0: aten.stack.default(tensors=map_impl.collected_0, dim=0) -> getitem float32[s83, 2, 2]
                outputs getitem
                """);
    }

    /** As map, with a value carried along. */
    @Test
    void scanOverADimensionOfKnownSize() throws Exception {
        assertThat(text("scan")).isEqualTo("""
                inputs h float32[4], xs float32[2, 4]
                scan: control.loop.default(max_trips=2, condition=true, body=graph, carried=[h, []], captured=[xs]) -> getitem float32[4], scan.collected_0 List[Tensor]
                  body scan.scan_combine_graph_0
                    inputs loop.iteration INT, arg0_1 float32[4], loop.collected_0 List[Tensor], loop.sliced_0 float32[2, 4]
                    scan.scan_combine_graph_0.select_0: aten.select.int(self=loop.sliced_0, dim=0, index=loop.iteration) -> arg1_1 float32[4]
                    scan.scan_combine_graph_0.add: aten.add.Tensor(self=arg0_1, other=arg1_1, alpha=1) -> add float32[4]
                    scan.scan_combine_graph_0.mul: aten.mul.Tensor(self=arg0_1, other=arg1_1) -> mul float32[4]
                    scan.scan_combine_graph_0.collect_0: host.append.default(list=loop.collected_0, value=mul) -> loop.collecting_0 List[Tensor]
                    outputs true, add, loop.collecting_0
                scan.stack_0: aten.stack.default(tensors=scan.collected_0, dim=0) -> getitem_1 float32[2, 4]
                outputs getitem, getitem_1
                """);
    }

    /** torch.no_grad() means nothing here; a complex number becomes a constant. */
    @Test
    void regionsAreReadInLine() throws Exception {
        assertThat(text("without_grad")).isEqualTo("""
                inputs x float32[2, 4]
                weight mul_1.other = mul_1.other complex64[]
                add.add: aten.add.Tensor(self=x, other=1, alpha=1) -> add.add float32[2, 4]
                mul: aten.mul.Tensor(self=add.add, other=x) -> mul float32[2, 4]
                fft_rfft: aten.fft_rfft.default(self=mul, n=none, dim=-1, norm=none) -> fft_rfft complex64[2, 3]
                mul_1: aten.mul.Tensor(self=fft_rfft, other=mul_1.other) -> mul_1 complex64[2, 3]
                outputs mul_1
                """);
    }

    /** Sizes, and numbers out of tensors, are computed on the host. */
    @Test
    void arithmeticOnSizes() throws Exception {
        assertThat(text("sizes")).isEqualTo("""
                inputs x float32[s77, 4]
                sym_size_int_1: host.size.default(tensor=x, dim=0) -> sym_size_int_1 INT
                mul: host.mul.default(left=sym_size_int_1, right=2) -> mul INT
                add: host.add.default(left=mul, right=1) -> add INT
                zeros: aten.zeros.default(size=[add], dtype=none, layout=none, device=Constant[kind=DEVICE, name=cpu], pin_memory=false) -> zeros float32[2*s77 + 1]
                floordiv: host.floordiv.default(left=sym_size_int_1, right=2) -> floordiv INT
                mod: host.mod.default(left=sym_size_int_1, right=3) -> mod INT
                add_1: host.add.default(left=floordiv, right=mod) -> add_1 INT
                add_2: host.add.default(left=add_1, right=1) -> add_2 INT
                zeros_1: aten.zeros.default(size=[add_2], dtype=none, layout=none, device=Constant[kind=DEVICE, name=cpu], pin_memory=false) -> zeros_1 float32[s77 // 2 + s77 % 3 + 1]
                sym_max: host.max.default(operands=[sym_size_int_1, 5]) -> sym_max INT
                truediv: host.truediv.default(left=sym_size_int_1, right=4) -> truediv FLOAT
                nonzero: aten.nonzero.default(self=x) -> nonzero int64[u0, 2]
                sym_size_int_2: host.size.default(tensor=nonzero, dim=0) -> sym_size_int_2 INT
                ge: host.ge.default(left=sym_size_int_2, right=0) -> ge BOOL
                _assert_scalar_default: aten._assert_scalar.default(self=ge, assert_msg=Text[value=Runtime assertion failed for expression u0 >= 0 on node 'ge'])
                le: host.le.default(left=sym_size_int_2, right=256) -> le BOOL
                _assert_scalar_default_1: aten._assert_scalar.default(self=le, assert_msg=Text[value=Runtime assertion failed for expression u0 <= 256 on node 'le'])
                sum_1: aten.sum.default(self=x, dtype=none) -> sum_1 float32[]
                item: host.item.default(tensor=sum_1) -> item FLOAT
                outputs zeros, zeros_1, sym_max, truediv, nonzero, item
                """);
    }

    /** What the graph returns for a buffer is its next content, and nothing for the caller. */
    @Test
    void returnedBuffersAreStates() throws Exception {
        assertThat(text("state_returned")).isEqualTo("""
                inputs x float32[2, 2]
                weight b_count.initial = count float32[2]
                state b_count = count from b_count.initial, then slice_scatter
                slice_1: aten.slice.Tensor(self=b_count, dim=0, start=0, end=1, step=1) -> slice_1 float32[1]
                add: aten.add.Tensor(self=slice_1, other=1, alpha=1) -> add float32[1]
                slice_scatter: aten.slice_scatter.default(self=b_count, src=add, dim=0, start=0, end=1, step=1) -> slice_scatter float32[2]
                add_1: aten.add.Tensor(self=x, other=slice_scatter, alpha=1) -> add_1 float32[2, 2]
                outputs add_1
                """);
    }

    /** A buffer that is written in place is a weight of which a layer writes a view. */
    @Test
    void writtenBuffersStayWeights() throws Exception {
        assertThat(text("state_in_place")).isEqualTo("""
                inputs x float32[2, 2]
                weight b_count = count float32[2]
                slice_1: aten.slice.Tensor(self=b_count, dim=0, start=0, end=1, step=1) -> slice_1 float32[1]
                add_: aten.add_.Tensor(self!=slice_1, other=1, alpha=1) -> add_ float32[1]
                add: aten.add.Tensor(self=x, other=b_count, alpha=1) -> add float32[2, 2]
                outputs add
                """);
    }

    @Test
    void theNewContentOfAnInputIsNoOutput() throws Exception {
        assertThat(text("input_returned")).isEqualTo("""
                inputs x float32[2, 4]
                add: aten.add.Tensor(self=x, other=1, alpha=1) -> add float32[2, 4]
                outputs add
                """);
        assertThat(text("input_write")).contains("add_: aten.add_.Tensor(self!=x, other=1, alpha=1)");
    }

    @Test
    void trainingUpdatesTheStatistics() throws Exception {
        assertThat(text("training")).contains("running_mean!=b_running_mean, running_var!=b_running_var");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cond_sharing", "while_loop", "map", "scan"})
    void namesAreUnique(String name) throws Exception {
        List<String> layers = new ArrayList<>();
        collect(read(name), layers);
        assertThat(layers).doesNotHaveDuplicates();
    }

    private static void collect(LayerGraph graph, List<String> layers) {
        assertThat(graph.values()).as(graph.name()).extracting(Value::name).doesNotHaveDuplicates();
        for (Layer layer : graph.layers()) {
            layers.add(layer.name());
            ControlOps.graphs(layer).forEach(nested -> collect(nested, layers));
        }
    }

    private static String text(String name) throws Exception {
        return GraphText.of(read(name));
    }

    private static LayerGraph read(String name) throws Exception {
        return new ExportedProgramReader()
                .read(Path.of(
                        Objects.requireNonNull(ControlFlowTest.class.getResource("fixtures/" + name + ".pt2"), name)
                                .toURI()));
    }
}
