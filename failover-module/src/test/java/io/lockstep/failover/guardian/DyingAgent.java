package io.lockstep.failover.guardian;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * An agent for the tests to kill: starts a guardian, registers what its arguments say, prints a
 * line, and waits for the end of its input.
 *
 * <p>Arguments: state directory, log, then any of {@code address IP BITS INTERFACE}, {@code cgroup
 * DIRECTORY}, {@code unit SYSTEMCTL NAME}, {@code fuse NUMBER PATH}, {@code goodbye HOST PORT
 * TEXT}, {@code planned}, {@code forget-address IP BITS INTERFACE}, {@code watch MS MS}, {@code
 * bounds MS MS}. A ~ in the text stands for a zero byte.
 */
final class DyingAgent {
  private DyingAgent() {}

  /** See the class. */
  public static void main(String[] args) throws Exception {
    Guardian guardian = Guardian.start(Path.of(args[0]), Path.of(args[1]));
    int i = 2;
    while (i < args.length) {
      switch (args[i++]) {
        case "address" ->
            guardian.address(
                InetAddress.getByName(args[i++]), Integer.parseInt(args[i++]), args[i++]);
        case "forget-address" ->
            guardian.forgetAddress(
                InetAddress.getByName(args[i++]), Integer.parseInt(args[i++]), args[i++]);
        case "cgroup" -> guardian.cgroup(args[i++]);
        case "unit" -> guardian.unit(args[i++], args[i++]);
        case "fuse" -> guardian.fuse(args[i++], Path.of(args[i++]));
        case "goodbye" ->
            guardian.goodbye(
                new InetSocketAddress(
                    InetAddress.getByName(args[i++]), Integer.parseInt(args[i++])),
                null,
                args[i++].replace('~', '\0').getBytes(StandardCharsets.UTF_8));
        case "planned" -> guardian.planned();
        case "bounds" -> guardian.bounds(millis(args[i++]), millis(args[i++]));
        case "watch" -> pulse(guardian, millis(args[i++]), millis(args[i++]));
        default -> throw new IllegalArgumentException(args[i - 1]);
      }
    }
    System.out.println("guardian " + guardian.pid());
    while (System.in.read() >= 0) {
      // until the end
    }
  }

  private static Duration millis(String text) {
    return Duration.ofMillis(Long.parseLong(text));
  }

  private static void pulse(Guardian guardian, Duration patience, Duration stopped) {
    long everyMs = guardian.watch(patience, stopped).toMillis();
    ScheduledFuture<?> unused =
        Executors.newSingleThreadScheduledExecutor()
            .scheduleAtFixedRate(guardian::pulse, 0, everyMs, TimeUnit.MILLISECONDS);
  }
}
