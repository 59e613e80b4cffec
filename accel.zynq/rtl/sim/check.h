// SPDX-License-Identifier: Apache-2.0
// The few lines of test framework the benches need: counted checks that say what was expected.
#pragma once

#include <cstdarg>
#include <cstdio>

namespace saguaro {

struct Checks {
    int passed = 0;
    int failed = 0;

    bool that(bool ok, const char* format, ...) __attribute__((format(printf, 3, 4))) {
        if (ok) {
            passed++;
        } else if (++failed <= 20) {
            va_list arguments;
            va_start(arguments, format);
            std::printf("FAILED: ");
            std::vprintf(format, arguments);
            std::printf("\n");
            va_end(arguments);
        }
        return ok;
    }

    int finish(const char* name) const {
        std::printf("%s: %d passed, %d failed\n", name, passed, failed);
        return failed == 0 && passed > 0 ? 0 : 1;
    }
};

}  // namespace saguaro
