package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ApplicationConfiguration;
import io.lockstep.agent.configuration.ClusterConfiguration;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long an agent that was told to end may take. It bounds itself: whoever runs it, a service
 * manager for instance, can wait for it without a bound, and does not end it in the middle of an
 * application's stop.
 */
final class StepDownTime {
  /** For the peer to take over, and for this node's files. */
  private static final Duration HAND_OVER = Duration.ofMinutes(2);

  /** For what is closed when all modules are down. */
  private static final Duration CLOSING = Duration.ofSeconds(30);

  private StepDownTime() {}

  /** Within which every module goes down in good order; beyond it the guardian cleans up. */
  static Duration inOrder(ClusterConfiguration configuration) {
    return configuration.modules().values().stream()
        .flatMap(module -> module.application().stream())
        .map(ApplicationConfiguration::longestStop)
        .reduce(HAND_OVER, Duration::plus);
  }

  /** Within which the agent ends, whatever happens; its guardian's work is part of it. */
  static Duration inAll(ClusterConfiguration configuration) {
    return inOrder(configuration).plus(NodeGuard.longest(configuration)).plus(CLOSING);
  }

  /** Does that, on a thread of its own, when the time has passed and the process is still there. */
  static void after(Duration time, Runnable halt) {
    Thread thread =
        new Thread(
            () -> {
              try {
                TimeUnit.NANOSECONDS.sleep(time.toNanos());
                halt.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "step-down-time");
    thread.setDaemon(true);
    thread.start();
  }
}
