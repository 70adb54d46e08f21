package io.lockstep.failover.arbiter;

/**
 * An arbiter in memory, for the simulator and tests: one {@link Store}, and one of these for each
 * node, so that each node's way to it can be cut by itself.
 */
public final class MemoryArbiter implements Arbiter {
  /** The record itself. Safe for any thread. */
  public static final class Store {
    private InSyncRecord record = InSyncRecord.NONE;

    /** The newest record. */
    public synchronized InSyncRecord record() {
      return record;
    }

    synchronized Outcome swap(InSyncRecord expected, InSyncRecord wanted) {
      if (expected.version() != record.version()) {
        return new Outcome.Conflict(record);
      }
      record = wanted.at(record.version() + 1);
      return new Outcome.Changed(record);
    }
  }

  /** What becomes of a call. */
  public enum Fate {
    /** It arrives and is answered. */
    ANSWERED,
    /** It never arrives. */
    LOST,
    /** It arrives, and the answer is lost. */
    ANSWER_LOST,
    /** A change arrives only when the next call is made; a read is lost. */
    LATE
  }

  /** Decides what becomes of each call. */
  public interface Way {
    /** Of the next call. */
    Fate fate();
  }

  private final Store store;
  private final Way way;
  private InSyncRecord lateExpected;
  private InSyncRecord lateWanted;

  /** One node's way to {@code store}. */
  public MemoryArbiter(Store store, Way way) {
    this.store = store;
    this.way = way;
  }

  @Override
  public Reading read() {
    deliverLate();
    return way.fate() == Fate.ANSWERED
        ? new Reading.Current(store.record())
        : new Reading.Unknown("no answer");
  }

  @Override
  public Outcome compareAndSwap(InSyncRecord expected, InSyncRecord wanted) {
    deliverLate();
    return switch (way.fate()) {
      case ANSWERED -> store.swap(expected, wanted);
      case LOST -> new Outcome.Unknown("no answer");
      case ANSWER_LOST -> {
        store.swap(expected, wanted);
        yield new Outcome.Unknown("no answer, but it came");
      }
      case LATE -> {
        lateExpected = expected;
        lateWanted = wanted;
        yield new Outcome.Unknown("no answer yet");
      }
    };
  }

  /** Lets what is on its way arrive. */
  public void deliverLate() {
    if (lateWanted != null) {
      store.swap(lateExpected, lateWanted);
      lateWanted = null;
    }
  }

  @Override
  public String describe() {
    return "memory";
  }

  @Override
  public void close() {
    lateWanted = null;
  }
}
