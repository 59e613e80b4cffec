// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.runtime.core.SaguaroRuntime;

/** For the daemon's start: returns when models can be deployed. */
@Component(service = ToIntFunction.class, property = "saguaro.command=ready")
public final class ReadyCommand extends LauncherCommand {

    private final SaguaroRuntime runtime;

    @Activate
    public ReadyCommand(@Reference SaguaroRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    int run(Options options) throws Exception {
        Readiness.awaitProcessingElement(runtime);
        return OK;
    }
}
