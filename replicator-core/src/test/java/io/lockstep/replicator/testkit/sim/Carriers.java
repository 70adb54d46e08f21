package io.lockstep.replicator.testkit.sim;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;

/**
 * What simulated threads run on, kept from run to run: to make one costs more than a hundred
 * hand-offs. Real threads; or, where the JDK has {@linkplain Continuations stacks that can be put
 * aside}, those of one real thread: then a hand-off needs no kernel. A run is the same on both.
 * Used by one scheduler at a time, under its baton.
 */
public final class Carriers implements AutoCloseable {
  private final ArrayDeque<Carrier> idle = new ArrayDeque<>();
  private final Memory memory = new Memory();
  private final Driver driver;
  private int made;

  /** On stacks where they are to be had, on real threads elsewhere. */
  public Carriers() {
    this(Continuations.AVAILABLE);
  }

  Carriers(boolean stacks) {
    driver = stacks ? new Driver() : null;
    if (stacks) {
      driver.setDaemon(true);
      driver.start();
    }
  }

  /** What is kept besides. */
  public Memory memory() {
    return memory;
  }

  /** One that has nothing to do. */
  Carrier take() {
    Carrier carrier = idle.pollLast();
    if (carrier == null) {
      carrier = driver == null ? new OnThread("sim-" + made++) : new OnStack(driver);
    }
    return carrier;
  }

  /** It has nothing to do any more, once it gives the baton away. */
  void giveBack(Carrier carrier) {
    carrier.simulated = null;
    idle.addLast(carrier);
  }

  /** That of the calling thread; null where there is none. */
  static Carrier current() {
    Thread thread = Thread.currentThread();
    if (thread instanceof Real real) {
      return real.carrier;
    }
    return thread instanceof Driver driver ? driver.mounted : null;
  }

  /** Ends those that have nothing to do, and with them what they hold of the last world. */
  @Override
  public void close() {
    idle.forEach(Carrier::end);
    idle.clear();
    if (driver != null) {
      driver.end();
    }
  }

  /** It runs only while it holds the baton. */
  abstract static class Carrier {
    private Runnable next;
    SimThread simulated;

    /** What it does when it is first given the baton. */
    final void assign(SimThread thread, Runnable body) {
      simulated = thread;
      next = body;
    }

    final void runNext() {
      Runnable body = next;
      next = null;
      body.run();
    }

    /** Gives it the baton; the caller has it no longer, and is to await it or to end. */
    abstract void pass();

    /** Waits for the baton; on this carrier. */
    abstract void await();

    /** Has nothing to do for ever. */
    abstract void end();

    /** Where it is, innermost first. */
    abstract StackTraceElement[] stack();
  }

  // ---- a real thread each

  private static final class Real extends Thread {
    private final OnThread carrier;

    Real(String name, OnThread carrier) {
      super(name);
      this.carrier = carrier;
    }

    @Override
    public void run() {
      for (carrier.await(); !carrier.over; carrier.await()) {
        carrier.runNext();
      }
    }
  }

  private static final class OnThread extends Carrier {
    private final Real thread;
    private volatile boolean baton;
    private volatile boolean over;

    OnThread(String name) {
      thread = new Real(name, this);
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    void pass() {
      baton = true;
      LockSupport.unpark(thread);
    }

    @Override
    void end() {
      over = true;
      pass();
    }

    @Override
    void await() {
      while (!baton) {
        LockSupport.park(this);
        // a real interrupt comes only from the simulated one, which restores it: see SimThread
        boolean unused = Thread.interrupted();
      }
      baton = false;
    }

    @Override
    StackTraceElement[] stack() {
      return thread.getStackTrace();
    }
  }

  // ---- all on one real thread

  /** Runs whichever stack was given the baton, until that one waits for it again. */
  private static final class Driver extends Thread {
    private volatile OnStack next;
    private volatile boolean over;
    private OnStack mounted;

    Driver() {
      super("sim");
    }

    @Override
    public void run() {
      while (!over) {
        OnStack stack = next;
        if (stack == null) {
          LockSupport.park(this);
        } else {
          next = null;
          mounted = stack;
          Continuations.run(stack.continuation);
          mounted = null;
        }
      }
    }

    void give(OnStack stack) {
      next = stack;
      if (Thread.currentThread() != this) {
        LockSupport.unpark(this);
      }
    }

    void end() {
      over = true;
      LockSupport.unpark(this);
    }
  }

  private static final class OnStack extends Carrier {
    private final Driver driver;
    private final Object continuation = Continuations.of(this::runAll);

    OnStack(Driver driver) {
      this.driver = driver;
    }

    private void runAll() {
      while (true) {
        runNext();
        await();
      }
    }

    @Override
    void pass() {
      driver.give(this);
    }

    @Override
    void await() {
      Continuations.putAside();
    }

    @Override
    void end() {}

    @Override
    StackTraceElement[] stack() {
      return driver.mounted == this ? driver.getStackTrace() : Continuations.stack(continuation);
    }
  }
}
