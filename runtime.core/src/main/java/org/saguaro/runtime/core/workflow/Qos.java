// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.time.Duration;
import java.util.Optional;
import org.saguaro.runtime.core.RequestOptions;

/** What a workflow wants for its requests where their callers say nothing. */
record Qos(RequestOptions defaults) {

    static final Qos NONE = new Qos(RequestOptions.DEFAULT);

    /** What a caller asked for; where it is the same as in {@link RequestOptions#DEFAULT}, what the workflow says. */
    RequestOptions over(RequestOptions asked) {
        RequestOptions none = RequestOptions.DEFAULT;
        if (defaults.equals(none)) {
            return asked;
        }
        Optional<Duration> hard = asked.hardDeadline().or(defaults::hardDeadline);
        Optional<Duration> soft = asked.softDeadline().or(defaults::softDeadline);
        if (soft.isPresent() && hard.isPresent() && soft.get().compareTo(hard.get()) > 0) {
            // One of them is the caller's, and that one counts.
            if (asked.softDeadline().isPresent()) {
                hard = Optional.empty();
            } else {
                soft = Optional.empty();
            }
        }
        return new RequestOptions(
                asked.timeout().equals(none.timeout()) ? defaults.timeout() : asked.timeout(),
                asked.tenant().equals(none.tenant()) ? defaults.tenant() : asked.tenant(),
                asked.priority() == none.priority() ? defaults.priority() : asked.priority(),
                soft,
                hard,
                Double.compare(asked.value(), none.value()) == 0 ? defaults.value() : asked.value());
    }
}
