package io.lockstep.demo.fault;

import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Plays one cell on a pair that is protected and at work, and leaves it so. */
final class FaultPlay {
  private final FaultPair pair;
  private final FaultCase what;
  private final DemoNode p;
  private final DemoNode s;
  private final List<String> failures = new ArrayList<>();
  private String seen = "";

  private FaultPlay(FaultPair pair, FaultCase what, DemoNode p) {
    this.pair = pair;
    this.what = what;
    this.p = p;
    this.s = pair.bench().cluster().peerOf(p);
  }

  /**
   * Plays the cell.
   *
   * @throws IOException if the pair cannot be used at all
   */
  static FaultOutcome of(FaultPair pair, FaultCase what) throws IOException {
    pair.bench().cluster().awaitProtected(FaultPair.PATIENCE);
    DemoNode p =
        pair.bench().cluster().serving().orElseThrow(() -> new IOException("nobody serves"));
    return new FaultPlay(pair, what, p).play();
  }

  private FaultOutcome play() throws IOException {
    boolean idle = what.load() == Load.IDLE;
    if (idle) {
      pair.recorders().rest();
    } else {
      pair.awaitProgress();
    }
    long pauseMs;
    long wholeMs = -1;
    long sinceNs = System.nanoTime();
    try (Pauses pauses = new Pauses(pair.recorders()::noted)) {
      try {
        suffer(idle);
        wholeMs = (System.nanoTime() - sinceNs) / 1_000_000;
      } catch (IOException | RuntimeException e) {
        failures.add(String.valueOf(e.getMessage()));
      }
      pauseMs = pauses.end();
    }
    if (failures.isEmpty()) {
      failures.addAll(pair.judge());
    }
    return new FaultOutcome(what, seen, pauseMs, wholeMs, failures);
  }

  private void suffer(boolean idle) throws IOException {
    what.fault().strike(pair, p, s);
    if (idle) {
      pair.recorders().resume();
    }
    what.fault().last(pair, p, s);
    Seen served = pair.seen(p, s);
    seen = served.title();
    if (!what.fault().expected(pair.third()).contains(served)) {
      failures.add(served.title() + "; " + pair.bench().cluster().describe());
    }
    what.fault().mend(pair, p, s);
    pair.startWhoeverIsDown();
    pair.awaitTogether(p);
    boolean split = pair.wasSplit();
    seen += split ? "; SPLIT found" : "";
    if (served == Seen.BOTH && !split) {
      failures.add("both served, and no split was found");
    }
    pair.awaitProgress();
  }
}
