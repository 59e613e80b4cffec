// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.SaguaroRuntime;

/** For the daemon's stop: takes no new requests and returns when those in flight have ended. */
@Component(service = ToIntFunction.class, property = "saguaro.command=drain")
public final class DrainCommand extends LauncherCommand {

    private final SaguaroRuntime runtime;

    @Activate
    public DrainCommand(@Reference SaguaroRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    protected int run(Options options) {
        runtime.deployments().forEach(Deployment::close);
        return OK;
    }
}
