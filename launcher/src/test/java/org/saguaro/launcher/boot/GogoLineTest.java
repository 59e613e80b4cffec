// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class GogoLineTest {

    @Test
    void aSingleWordIsALineOfItsOwn() {
        assertThat(GogoLine.of(List.of("lb | grep saguaro"))).isEqualTo("lb | grep saguaro");
    }

    @Test
    void wordsStayWordsWhateverIsInThem() {
        assertThat(GogoLine.of(List.of("deploy", "--name", "my model", "a;b", "it's", "C:\\x", "")))
                .isEqualTo("deploy --name 'my model' 'a;b' 'it\\'s' 'C:\\\\x' ''");
    }
}
