// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.DType;

class TorchCodesTest {

    @ParameterizedTest
    @CsvSource({
        "1, UINT8",
        "2, INT8",
        "3, INT16",
        "4, INT32",
        "5, INT64",
        "6, FLOAT16",
        "7, FLOAT32",
        "8, FLOAT64",
        "10, COMPLEX64",
        "11, COMPLEX128",
        "12, BOOL",
        "13, BFLOAT16"
    })
    void elementTypesOfArchives(long code, DType dtype) {
        assertThat(TorchCodes.archiveDType(code)).isEqualTo(dtype);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 9, 14, 28, 35, Long.MAX_VALUE})
    void otherCodesAreNone(long code) {
        assertThat(TorchCodes.archiveDType(code)).isNull();
        assertThat(TorchCodes.archiveDTypeName(code)).contains("code " + code);
    }

    @Test
    void layoutsAndMemoryFormatsOfArchives() {
        assertThat(Objects.requireNonNull(TorchCodes.archiveLayout(7)).name()).isEqualTo("strided");
        assertThat(Objects.requireNonNull(TorchCodes.archiveLayout(1)).name()).isEqualTo("sparse_coo");
        assertThat(TorchCodes.archiveLayout(0)).isNull();
        assertThat(TorchCodes.archiveLayout(8)).isNull();
        assertThat(Objects.requireNonNull(TorchCodes.archiveMemoryFormat(1)).name())
                .isEqualTo("contiguous_format");
        assertThat(Objects.requireNonNull(TorchCodes.archiveMemoryFormat(4)).name())
                .isEqualTo("preserve_format");
        assertThat(TorchCodes.archiveMemoryFormat(5)).isNull();
    }
}
