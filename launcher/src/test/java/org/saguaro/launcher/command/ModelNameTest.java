// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ModelNameTest {

    @Test
    void theFileOrWhereThatSaysNothingItsFolder() {
        assertThat(ModelName.of(Path.of("/a/digits/model.pt2"))).isEqualTo("digits");
        assertThat(ModelName.of(Path.of("/a/digits/x/../model.pt"))).isEqualTo("digits");
        assertThat(ModelName.of(Path.of("/a/digits/resnet18.v2.pt2"))).isEqualTo("resnet18.v2");
        assertThat(ModelName.of(Path.of("/model.pt2"))).isEqualTo("model");
    }
}
