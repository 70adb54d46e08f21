package io.lockstep.powercut;

import io.lockstep.demo.cluster.DemoCluster;
import io.lockstep.demo.cluster.DemoNode;
import io.lockstep.powercut.cluster.PowerPair;
import io.lockstep.powercut.disk.FileSystem;
import io.lockstep.powercut.disk.Survival;
import io.lockstep.powercut.record.LedgerJudge;
import io.lockstep.powercut.record.LedgerJudge.Promise;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One cut after another on one pair. Each begins PROTECTED and ends so, with both trees compared.
 * Used by one thread.
 */
final class CutRound {
  private static final int LEAST_WRITES = 60;
  private static final long MOST_MS = 2500;
  private static final int COMPARISONS = 40;

  private final PowerPair pair;
  private final FileSystem fileSystem;
  private final Random random;

  CutRound(PowerPair pair, FileSystem fileSystem, Random random) {
    this.pair = pair;
    this.fileSystem = fileSystem;
    this.random = random;
  }

  /** Starts the pair and waits until it is protected. */
  void begin() {
    pair.cluster().nodes().forEach(pair::startAgent);
    pair.cluster().awaitFirstProtection(java.time.Duration.ofMinutes(2));
  }

  /**
   * Lets the recorders write, cuts at a moment of chance, and brings everything back. What does not
   * come back in time is a problem of the result like any other.
   */
  CutResult play(CutResult.Kind kind) throws IOException, InterruptedException {
    long since = System.nanoTime();
    CutResult result = new CutResult(fileSystem, kind);
    try {
      long outageMs = cutAndReturn(result);
      result.times(outageMs, millisSince(since));
    } catch (IllegalStateException | DemoCluster.NotReachedException e) {
      result.stuck(String.valueOf(e.getMessage()));
    }
    return result;
  }

  private long cutAndReturn(CutResult result) throws IOException, InterruptedException {
    CutResult.Kind kind = result.kind();
    DemoNode primary = pair.serving();
    DemoNode secondary = pair.cluster().peerOf(primary);
    pair.ledger().resume();
    pair.awaitWrites(LEAST_WRITES);
    TimeUnit.MILLISECONDS.sleep((long) (random.nextDouble() * MOST_MS));
    pair.awaitProtected();
    final long outageMs =
        switch (kind) {
          case PRIMARY -> one(result, primary, secondary);
          case SECONDARY -> one(result, secondary, primary);
          case BOTH -> both(result, primary, secondary);
        };
    pair.awaitProtected();
    pair.rest();
    judge(
        result,
        pair.serving(),
        kind == CutResult.Kind.BOTH ? Promise.SYNCED : Promise.ACKNOWLEDGED);
    result.compared(differences());
    return outageMs;
  }

  private static long millisSince(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }

  private void judge(CutResult result, DemoNode node, Promise promise) throws IOException {
    LedgerJudge.Finding finding = pair.judge(node, promise);
    result.judged(node.name(), promise, finding);
  }

  /** The survivor has everything acknowledged, before the other comes back. */
  private long one(CutResult result, DemoNode cut, DemoNode survivor)
      throws IOException, InterruptedException {
    long at = System.nanoTime();
    pair.cut(List.of(cut));
    pair.awaitService(survivor);
    pair.awaitWrites(LEAST_WRITES);
    final long outageMs = millisSince(at);
    pair.rest();
    judge(result, survivor, Promise.ACKNOWLEDGED);
    result.disk(pair.powerOn(cut, Survival.any(random), random));
    pair.startAgent(cut);
    pair.ledger().resume();
    return outageMs;
  }

  /**
   * Each node alone has everything synced: the primary as soon as its file system is mounted, the
   * secondary once it has replayed its journal, before it has seen the other.
   */
  private long both(CutResult result, DemoNode primary, DemoNode secondary)
      throws IOException, InterruptedException {
    long at = System.nanoTime();
    pair.cut(List.of(primary, secondary));
    pair.ledger().bothLostPower();
    result.disk(pair.powerOn(primary, Survival.any(random), random));
    result.disk(pair.powerOn(secondary, Survival.any(random), random));
    judge(result, primary, Promise.SYNCED);
    pair.startAgent(secondary);
    pair.awaitRecovered(secondary);
    judge(result, secondary, Promise.SYNCED);
    pair.startAgent(primary);
    pair.awaitWrites(LEAST_WRITES);
    return millisSince(at);
  }

  /** The secondary may still be applying: differences that stay count. */
  private List<String> differences() throws IOException, InterruptedException {
    List<String> found = pair.differences();
    for (int i = 0; i < COMPARISONS && !found.isEmpty(); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      found = pair.differences();
    }
    return found;
  }
}
