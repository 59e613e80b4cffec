// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.TaskGraph;

class SpecializationsTest {

    private static InputSizes sizes(long size) {
        return new InputSizes(List.of(TensorSpec.of(DType.FLOAT32, size)));
    }

    private static Variant variant() throws DeploymentException {
        GraphSketch net = new GraphSketch("net");
        LayerGraph graph = net.outputs(net.relu(net.input(2)));
        TaskGraph tasks = TaskGraph.cut(graph, Granularity.SEGMENT, layer -> Set.of("cpu"));
        Plan.Planner none = new Plan.Planner() {
            @Override
            public Plan nested(LayerGraph nested) throws DeploymentException {
                throw new DeploymentException("there are no nested graphs");
            }

            @Override
            public Plan instantiated(LayerGraph layer) throws DeploymentException {
                throw new DeploymentException("there are no structural layers");
            }
        };
        return new Variant(
                LoweredGraph.unchanged(graph),
                new Plan("net", graph, tasks, new ProfiledCostModel(List.of()), 1, false, none));
    }

    @Test
    void aVariantIsMadeAfterSoManyRequests() {
        Specializations three = new Specializations(2, 3);
        assertThat(three.count(sizes(1))).isFalse();
        assertThat(three.count(sizes(2))).isFalse();
        assertThat(three.wants(sizes(1))).isFalse();
        assertThat(three.count(sizes(1))).isFalse();
        assertThat(three.wants(sizes(1))).isTrue();
        assertThat(three.count(sizes(1))).isTrue();
        assertThat(three.count(sizes(1))).as("it is being made").isFalse();
    }

    @Test
    void oneIsMadeAtATime() throws DeploymentException {
        Specializations one = new Specializations(4, 1);
        assertThat(one.count(sizes(1))).isTrue();
        assertThat(one.count(sizes(2))).isFalse();
        assertThat(one.made(sizes(1), variant())).isNull();
        assertThat(one.count(sizes(2))).isTrue();
        one.failed(sizes(2));
        assertThat(one.count(sizes(2))).as("it failed before").isFalse();
        assertThat(one.count(sizes(3))).isTrue();
    }

    @Test
    void theOneUsedLongestAgoGoes() throws DeploymentException {
        Specializations two = new Specializations(2, 1);
        Variant first = variant();
        Variant second = variant();
        two.count(sizes(1));
        two.made(sizes(1), first);
        two.count(sizes(2));
        two.made(sizes(2), second);
        assertThat(two.find(sizes(1))).isEqualTo(first);
        assertThat(two.count(sizes(3)))
                .as("sizes that come once push nothing out")
                .isFalse();
        two.count(sizes(3));
        assertThat(two.count(sizes(3))).isTrue();
        assertThat(two.made(sizes(3), variant())).isEqualTo(second);
        assertThat(two.find(sizes(2))).isNull();
        assertThat(two.find(sizes(1))).isEqualTo(first);
        assertThat(two.all()).hasSize(2);
    }

    @Test
    void noneAreMadeWhereNoneAreKept() {
        Specializations none = new Specializations(0, 1);
        assertThat(none.wants(sizes(1))).isFalse();
        assertThat(none.count(sizes(1))).isFalse();
        assertThat(none.isUndecided(sizes(1))).isFalse();
    }
}
