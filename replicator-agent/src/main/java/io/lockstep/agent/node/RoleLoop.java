package io.lockstep.agent.node;

import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleMachine;
import io.lockstep.failover.role.RoleSettings;
import io.lockstep.failover.role.RoleState;
import io.lockstep.failover.role.Step;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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

    /** The state after a step, before its effects; on the loop's thread. */
    void stepped(RoleState before, RoleState after, RoleInput input, String because);
  }

  private static final Logger LOG = LoggerFactory.getLogger(RoleLoop.class);
  private static final long TICK_MS = 50;

  private final Effects effects;
  private final LongSupplier clock;
  private final BlockingQueue<RoleInput> inputs = new LinkedBlockingQueue<>();
  private final BlockingQueue<RoleEffect> work = new LinkedBlockingQueue<>();
  private final Thread loop;
  private final Thread worker;
  private volatile RoleState state;
  private volatile boolean running = true;

  /** {@code clock} never goes back and counts ns. */
  RoleLoop(String name, RoleSettings settings, Effects effects, LongSupplier clock) {
    this.effects = effects;
    this.clock = clock;
    this.state = RoleState.initial(settings);
    this.loop = new Thread(this::run, "roles-" + name);
    this.worker = new Thread(this::work, "effects-" + name);
    worker.setDaemon(true);
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

  /** As of the last step. Any thread. */
  RoleState state() {
    return state;
  }

  private void run() {
    long nextTickNs = 0;
    try {
      while (running) {
        RoleInput input = inputs.poll(TICK_MS, TimeUnit.MILLISECONDS);
        if (input != null) {
          step(input);
        }
        long now = clock.getAsLong();
        if (now >= nextTickNs) {
          nextTickNs = now + TimeUnit.MILLISECONDS.toNanos(TICK_MS);
          step(new RoleInput.Tick());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error("The role machine failed; this process ends so that its guardian can act", e);
      Runtime.getRuntime().halt(70);
    }
  }

  private void step(RoleInput input) {
    RoleState before = state;
    Step step = RoleMachine.step(before, input, clock.getAsLong());
    state = step.state();
    effects.stepped(before, step.state(), input, step.because());
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
          inputs.add(new RoleInput.EffectFailed(effect, reason(e)));
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
