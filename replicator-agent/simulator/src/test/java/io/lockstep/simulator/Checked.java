package io.lockstep.simulator;

import java.util.HashMap;
import java.util.Map;

/** What checkers look at on one host: what of it is bad, since when, and for how long still. */
final class Checked {
  private record Bad(long sinceNs, long untilNs, boolean hangs) {}

  private final Map<String, Bad> bad = new HashMap<>();

  /** Bad until then; {@code hangs}: a look does not even return in time. */
  void fail(String checker, long nowNs, long untilNs, boolean hangs) {
    Bad before = bad.get(checker);
    boolean still = before != null && before.untilNs() > nowNs;
    long sinceNs = still ? before.sinceNs() : nowNs;
    bad.put(checker, new Bad(sinceNs, Math.max(untilNs, still ? before.untilNs() : 0), hangs));
  }

  /** Since when it is bad; {@link Long#MAX_VALUE} when it is good. */
  long badSinceNs(String checker, long nowNs) {
    Bad now = bad.get(checker);
    return now == null || now.untilNs() <= nowNs ? Long.MAX_VALUE : now.sinceNs();
  }

  boolean hangs(String checker) {
    return bad.get(checker).hangs();
  }

  void mend() {
    bad.clear();
  }
}
