package io.lockstep.agent.node;

import io.lockstep.failover.application.WaitingException;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleMachine;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import io.lockstep.replicator.execution.Mailbox;
import io.lockstep.replicator.port.Execution;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that steps a module's role machine, and the one that performs its tracked effects:
 * inputs go on being decided while an effect takes its time, and no two effects run at once.
 */
final class RoleLoop implements AutoCloseable {
  /** Performs effects. */
  interface Effects {
    /** Anything that must not wait; on the loop's thread. */
    void quick(RoleEffect effect);

    /** A tracked effect; on the effects' thread. Returns the input that ends it. */
    RoleInput tracked(RoleEffect effect) throws Exception;

    /** A step was made at {@code nowNs}; before its effects, on the loop's thread. */
    void stepped(long nowNs, RoleState before, RoleInput input, Step step);
  }

  private static final Logger LOG = LoggerFactory.getLogger(RoleLoop.class);

  private final Effects effects;
  private final LongSupplier clock;
  private final LongSupplier frozenAfterNs;
  private final Host.Fatal fatal;
  private final long tickNs;
  private final Mailbox<RoleInput> inputs;
  private final Mailbox<RoleEffect> work;
  private final Execution.Task loop;
  private final Execution.Task worker;
  private volatile RoleState state;
  private volatile boolean running = true;
  private volatile long turns;

  /**
   * {@code clock} never goes back and counts ns.
   *
   * @param frozenAfterNs a gap between two turns beyond which this process stood still
   */
  RoleLoop(
      Host host,
      String name,
      RoleSettings settings,
      Effects effects,
      LongSupplier clock,
      LongSupplier frozenAfterNs) {
    this.frozenAfterNs = frozenAfterNs;
    this.effects = effects;
    this.clock = clock;
    this.state = RoleState.initial(settings);
    this.fatal = host.fatal();
    this.tickNs = TimeUnit.MILLISECONDS.toNanos(host.tickMs());
    this.inputs = new Mailbox<>(host.execution());
    this.work = new Mailbox<>(host.execution());
    this.loop = host.execution().task("roles-" + name, this::run);
    this.worker = host.execution().task("effects-" + name, this::work);
  }

  void start(RoleInput boot) {
    inputs.add(boot);
    loop.start();
    worker.start();
  }

  /** Hands an input to the machine; returns at once. Any thread. */
  void post(RoleInput input) {
    inputs.add(input);
  }

  /** How often the loop has gone round; grows at every tick unless it is stuck. Any thread. */
  long turns() {
    return turns;
  }

  /** How many inputs wait to be decided. Any thread. */
  int waiting() {
    return inputs.size();
  }

  /** As of the last step. Any thread. */
  RoleState state() {
    return state;
  }

  private void run() {
    long nextTickNs = 0;
    long turnedNs = clock.getAsLong();
    long turn = 1;
    long wokeNs = Long.MIN_VALUE;
    try {
      while (running) {
        RoleInput input = inputs.poll(tickNs);
        long wokenNs = clock.getAsLong();
        boolean frozen = wokenNs - turnedNs > frozenAfterNs.getAsLong();
        if (frozen) {
          // First of all: an input that waited may tell of time that was nobody's.
          step(new RoleInput.Frozen(wokenNs - turnedNs));
          wokeNs = wokenNs;
        }
        turnedNs = wokenNs;
        if (input != null && !isOlder(input, wokeNs)) {
          step(input);
        }
        long now = clock.getAsLong();
        if (now >= nextTickNs) {
          nextTickNs = now + tickNs;
          step(new RoleInput.Tick());
        }
        turns = turn++;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      fatal.ended("The role machine failed", e);
    }
  }

  /** Whether it tells of the peer as it was before this process stood still. */
  private static boolean isOlder(RoleInput input, long wokeNs) {
    return input instanceof RoleInput.PeerHeard heard && heard.atNs() < wokeNs;
  }

  private void step(RoleInput input) {
    RoleState before = state;
    long nowNs = clock.getAsLong();
    Step step = RoleMachine.step(before, input, nowNs);
    state = step.state();
    effects.stepped(nowNs, before, input, step);
    for (RoleEffect effect : step.effects()) {
      if (effect.tracked()) {
        work.add(effect);
      } else {
        effects.quick(effect);
      }
    }
  }

  private void work() {
    try {
      while (running) {
        RoleEffect effect = work.take();
        try {
          inputs.add(effects.tracked(effect));
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) {
          LOG.warn("{} failed", effect, e);
          boolean waits = e instanceof WaitingException;
          inputs.add(new RoleInput.EffectFailed(effect, reason(e), waits));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    running = false;
    loop.interrupt();
    worker.interrupt();
  }
}
