package io.lockstep.simulator;

import io.lockstep.failover.application.CommandRunner;
import io.lockstep.failover.application.LogLimits;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals;
import io.lockstep.replicator.testkit.TreeDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where one life of an agent holds its drills, and the judge of them: what a drill is shown does
 * not change until it is told to give way, and it has given way before the real application starts.
 */
final class SimRehearsals implements Rehearsals, ProcessGroups {
  private static final String PROMISE = "DRILL";
  private static final long SECOND = 1_000_000_000L;
  private static final long LONGEST_COMMAND_NS = 15 * SECOND;

  /** In which a drill whose module is not a secondary in sync any more has been killed. */
  private static final long NOTICED_NS = 10 * SECOND;

  private final World world;
  private final SimHost host;
  private final SplittableRandom random;
  private TreeDigest shown;
  private boolean open;
  private boolean killed;

  /** Whether a command has run inside: until then there is nothing to be killed. */
  private boolean begun;

  private boolean working;

  SimRehearsals(World world, SimHost host, SplittableRandom random) {
    this.world = world;
    this.host = host;
    this.random = random;
  }

  @Override
  public ProcessGroup group(String name) {
    return new Group();
  }

  @Override
  public Rehearsal open(Plan plan, ProcessGroup group) {
    host.scheduler.pause(1 + random.nextLong(SECOND));
    world.count("drills");
    world.substitution().drilled(host);
    shown = digest();
    killed = false;
    begun = false;
    open = true;
    return new Place();
  }

  @Override
  public void clear(Path work, ProcessGroup group) {
    open = false;
  }

  /** The real application is about to start here. */
  void applicationStarts() {
    if (open && begun && !killed) {
      throw new Oracle.Violation(
          PROMISE, "the application starts on " + host.name + " beside that of a drill");
    }
  }

  private TreeDigest digest() {
    host.looking = true;
    try {
      return TreeDigest.of(host.store);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      host.looking = false;
    }
  }

  /** What changed was not to, unless the drill is told within a moment that it is over. */
  private void refuseChanges() {
    List<String> changes = killed ? List.of() : shown.differences(digest());
    if (changes.isEmpty()) {
      return;
    }
    host.scheduler.pause(NOTICED_NS);
    if (!killed) {
      world.judged(
          () -> {
            throw new Oracle.Violation(
                PROMISE, "the tree of " + host.name + " changes under a drill: " + changes.get(0));
          });
    }
  }

  /** Commands of the application, inside. */
  CommandRunner commands() {
    return new Commands();
  }

  /** What runs inside; one drill at a time. */
  private final class Group implements ProcessGroup {
    @Override
    public List<String> enclose(List<String> command) {
      throw new UnsupportedOperationException("the simulator has no commands to run");
    }

    @Override
    public boolean empty() {
      return !open || killed;
    }

    @Override
    public void kill() {
      if (open && !killed && world.substitution().killsDrills()) {
        killed = true;
        if (working) {
          world.count("drills that gave way");
        }
      }
    }

    @Override
    public String handle() {
      return "a drill's processes";
    }
  }

  private final class Place implements Rehearsal {
    @Override
    public ProcessGroup inside() {
      return new Group();
    }

    @Override
    public long usedBytes() {
      return 1;
    }

    @Override
    public void discard() {
      host.scheduler.pause(1 + random.nextLong(SECOND));
      open = false;
    }
  }

  private final class Commands implements CommandRunner {
    @Override
    public Result run(Kind kind, String line, Duration timeout) {
      long beganNs = host.scheduler.nowNs();
      long tookNs = 1 + random.nextLong(LONGEST_COMMAND_NS);
      begun = true;
      working = true;
      while (!killed && host.scheduler.nowNs() - beganNs < tookNs) {
        host.scheduler.pause(SECOND / 2);
      }
      working = false;
      refuseChanges();
      boolean fails = killed || random.nextInt(10) == 0;
      Duration took = Duration.ofNanos(host.scheduler.nowNs() - beganNs);
      return new Result(kind, false, fails ? 1 : 0, took, List.of());
    }

    @Override
    public void cancel(Kind... kinds) {}

    @Override
    public void allow() {}

    @Override
    public void limit(LogLimits limits) {}

    @Override
    public void close() {}
  }
}
