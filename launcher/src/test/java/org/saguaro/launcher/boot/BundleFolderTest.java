// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BundleFolderTest {

    @Test
    void theLauncherStartsBetweenThirdPartiesAndWhatItConfigures() {
        assertThat(BundleFolder.startLevel("org.apache.felix.scr")).isEqualTo(1);
        assertThat(BundleFolder.startLevel("org.saguaro.launcher")).isEqualTo(2);
        assertThat(BundleFolder.startLevel("org.saguaro.accel.cpu")).isEqualTo(3);
    }
}
