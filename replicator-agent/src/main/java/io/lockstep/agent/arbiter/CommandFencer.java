package io.lockstep.agent.arbiter;

import io.lockstep.failover.arbiter.FencingDesk;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Fences by a command of the operator's: IPMI, a hypervisor, a cloud. Exit status 0 means that the
 * peer's machine is confirmed to be off; anything else, and silence, means that nothing is known.
 *
 * <p>The command is told in its environment whom to fence ({@code LOCKSTEP_PEER}), for whom ({@code
 * LOCKSTEP_NODE}) and for which module ({@code LOCKSTEP_MODULE}).
 */
public final class CommandFencer implements FencingDesk.Fencer {
  private final String command;
  private final Map<String, String> environment;
  private final Duration delay;
  private final Duration timeout;

  /**
   * Of one module.
   *
   * @param delay before the command: none at the preferred node, so that of two that fence each
   *     other it is the one that survives
   */
  public CommandFencer(
      String command, Map<String, String> environment, Duration delay, Duration timeout) {
    this.command = command;
    this.environment = Map.copyOf(environment);
    this.delay = delay;
    this.timeout = timeout;
  }

  @Override
  public String fence() {
    try {
      TimeUnit.MILLISECONDS.sleep(delay.toMillis());
      String problem = ShellCommand.problem(command, environment, timeout);
      return problem.isEmpty() ? null : problem;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  @Override
  public String describe() {
    return "fencing by '" + command + "'";
  }
}
