// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For the daemon's start: returns when models can be deployed. Without processing elements it is ready all the same: they can be
 * installed.
 */
@Component(service = ToIntFunction.class, property = "saguaro.command=ready")
public final class ReadyCommand extends LauncherCommand {

    private static final Logger LOG = LoggerFactory.getLogger(ReadyCommand.class);

    private final Readiness readiness;

    @Activate
    public ReadyCommand(@Reference Readiness readiness) {
        this.readiness = readiness;
    }

    @Override
    protected int run(Options options) throws InterruptedException {
        try {
            readiness.await();
        } catch (CommandException e) {
            LOG.warn("{}", e.getMessage());
        }
        return OK;
    }
}
