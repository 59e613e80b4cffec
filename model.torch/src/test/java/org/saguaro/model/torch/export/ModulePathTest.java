// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModulePathTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    L__self__,,Model                                            | ''
                    L__self__,,Model;L__self__features.3,features.3,torch.Conv  | features.3
                    L__self__,,M;k,features,S;k,features.3.conv,torch.Conv      | features.3.conv
                    k,L['self'].features.3,torch.Conv                           | features.3
                    k,L__self__.fc,torch.Linear                                 | fc
                    L__self__,L__self__,Model                                   | ''
                    k,block.0@1,torch.Conv                                      | block.0
                    k,block@2.conv,torch.Conv                                   | block.conv
                    nonsense                                                    | ''
                    ''                                                          | ''
                    """)
    void innermostModule(String stack, String path) {
        assertThat(ModulePath.innermost(stack)).isEqualTo(path);
    }
}
