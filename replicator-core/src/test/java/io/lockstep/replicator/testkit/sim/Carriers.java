package io.lockstep.replicator.testkit.sim;

import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;

/**
 * Real threads that simulated ones run on, kept from run to run: to make one costs more than a
 * hundred hand-offs. Used by one scheduler at a time, under its baton.
 */
public final class Carriers implements AutoCloseable {
  private final ArrayDeque<Carrier> idle = new ArrayDeque<>();
  private final Memory memory = new Memory();
  private int made;

  /** What is kept besides. */
  public Memory memory() {
    return memory;
  }

  /** A thread that has nothing to do. */
  Carrier take() {
    Carrier carrier = idle.pollLast();
    if (carrier == null) {
      carrier = new Carrier("sim-" + made++);
      carrier.setDaemon(true);
      carrier.start();
    }
    return carrier;
  }

  /** It has nothing to do any more, once it gives the baton away. */
  void giveBack(Carrier carrier) {
    carrier.simulated = null;
    idle.addLast(carrier);
  }

  /** Ends those that have nothing to do, and with them what they hold of the last world. */
  @Override
  public void close() {
    idle.forEach(Carrier::end);
    idle.clear();
  }

  /** One real thread. It runs only while it holds the baton. */
  static final class Carrier extends Thread {
    private volatile boolean baton;
    private Runnable next;
    private volatile boolean over;
    SimThread simulated;

    private Carrier(String name) {
      super(name);
    }

    /** What it does when it is first given the baton. */
    void assign(SimThread thread, Runnable body) {
      simulated = thread;
      next = body;
    }

    /** Gives this thread the baton; the caller has it no longer. */
    void pass() {
      baton = true;
      LockSupport.unpark(this);
    }

    private void end() {
      over = true;
      pass();
    }

    /** Waits for the baton; on this thread. */
    void await() {
      while (!baton) {
        LockSupport.park(this);
        // a real interrupt comes only from the simulated one, which restores it: see SimThread
        boolean unused = Thread.interrupted();
      }
      baton = false;
    }

    @Override
    public void run() {
      for (await(); !over; await()) {
        Runnable body = next;
        next = null;
        body.run();
      }
    }
  }
}
