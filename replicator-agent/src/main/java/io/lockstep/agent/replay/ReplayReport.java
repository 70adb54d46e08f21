package io.lockstep.agent.replay;

import io.lockstep.failover.replay.Comparison;
import io.lockstep.failover.replay.Comparison.Pair;
import io.lockstep.failover.replay.Replay;
import io.lockstep.failover.replay.Run;
import io.lockstep.failover.replay.Run.Transition;
import io.lockstep.failover.replay.Session;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleSettings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a replay of one session tells, in sentences. Pure. */
public final class ReplayReport {
  private static final int LEAST_TOLERANCE_NS = 250_000_000;

  private final Session session;
  private final Run recorded;
  private final List<String> told = new ArrayList<>();

  private ReplayReport(Session session) {
    this.session = session;
    this.recorded = Replay.asRecorded(session);
  }

  /** Replayed as it was recorded: whether this version decides the same, and what it decided. */
  public static List<String> of(Session session) {
    ReplayReport report = new ReplayReport(session);
    report.recording();
    for (Transition t : recordedOf(report)) {
      report.told.add(
          "  %s  became %s from %s: %s"
              .formatted(report.time(t.nowNs()), t.after().role(), t.before().role(), t.because()));
    }
    return List.copyOf(report.told);
  }

  private static List<Transition> recordedOf(ReplayReport report) {
    return report.recorded.transitions();
  }

  /** Under other times: what would have been different, and what of that is made up. */
  public static List<String> of(Session session, RoleSettings settings) {
    ReplayReport report = new ReplayReport(session);
    report.recording();
    report.under(settings);
    return List.copyOf(report.told);
  }

  private void recording() {
    told.add(
        "%s on %s, %s to %s: %d inputs, %d change(s) of role; %s."
            .formatted(
                session.begin().module(),
                session.settings().node(),
                time(session.begin().nowNs()),
                time(session.endNs()),
                session.inputs(),
                recorded.transitions().size(),
                session.begin().starts()
                    ? "from the agent's start"
                    : "continued as " + session.state().role()));
    told.add("  Recorded under: " + ConfiguredTimes.text(session.settings()) + ".");
    if (recorded.other().isEmpty()) {
      told.add("  Replayed under the same, the machine decides what was recorded.");
    } else {
      Run.Mismatch first = recorded.other().get(0);
      told.add(
          "  Replayed under the same, the machine parts from the recording at %s: %s where %s was"
                  .formatted(time(first.nowNs()), first.replayed(), first.recorded())
              + " recorded. Lines are missing, or another version recorded it; what follows is not"
              + " to be relied on.");
    }
  }

  private void under(RoleSettings settings) {
    List<String> changes = ConfiguredTimes.changes(session.settings(), settings);
    if (changes.isEmpty() && !session.retimed()) {
      told.add("  The configuration has the same times: same decisions.");
      return;
    }
    told.add("  Replayed under: " + String.join(", ", changes) + ".");
    if (session.retimed()) {
      told.add("  The times were changed while this was recorded; the replay keeps to its own.");
    }
    Run other = Replay.under(session, settings);
    List<Pair> different = new ArrayList<>();
    long toleranceNs = Math.max(LEAST_TOLERANCE_NS, 3 * session.begin().tickNs());
    for (Pair pair : Comparison.of(recorded.transitions(), other.transitions())) {
      if (!pair.isSame(toleranceNs)) {
        different.add(pair);
      }
    }
    if (different.isEmpty()) {
      told.add("  Same decisions.");
    }
    different.sort(Comparator.comparingLong(Pair::nowNs));
    different.forEach(pair -> told.add("  " + sentence(pair, other)));
    silence(settings);
    Role was = recorded.last().role();
    Role is = other.last().role();
    told.add(
        was == is
            ? "  At the end: " + is + ", as recorded."
            : "  At the end: " + is + " instead of " + was + ": " + other.last().reason() + ".");
    modelled(other, different);
  }

  private String sentence(Pair pair, Run other) {
    if (pair.recorded() == null) {
      Transition t = pair.other();
      return "%s  would have become %s from %s%s: %s."
          .formatted(
              time(t.nowNs()), t.after().role(), t.before().role(), after(t), t.after().reason());
    }
    Transition t = pair.recorded();
    if (pair.other() == null) {
      Role instead = other.roleAt(t.nowNs(), session.state().role());
      return "%s  would not have become %s from %s: would have %s %s."
          .formatted(
              time(t.nowNs()),
              t.after().role(),
              t.before().role(),
              instead == t.before().role() ? "stayed" : "been",
              instead);
    }
    String earlier = pair.laterNs() < 0 ? "earlier" : "later";
    return "%s  %s%s instead of%s: %s %s, at %s."
        .formatted(
            time(t.nowNs()),
            verb(pair.other()),
            after(pair.other()),
            after(t),
            seconds(Math.abs(pair.laterNs())),
            earlier,
            time(pair.other().nowNs()));
  }

  private static String verb(Transition t) {
    return t.after().role() == Role.TAKING_OVER
        ? "would have taken over"
        : "would have become " + t.after().role() + " from " + t.before().role();
  }

  /** Since what; for a takeover what counts is since when the peer was not heard. */
  private static String after(Transition t) {
    boolean takeover = t.after().role() == Role.TAKING_OVER && t.before().peer() != null;
    return takeover
        ? " after " + seconds(t.nowNs() - t.before().peerHeardNs()) + " without a heartbeat"
        : " after " + seconds(t.nowNs() - t.before().sinceNs()) + " as " + t.before().role();
  }

  /** Why a takeover did not come nearer than it did. */
  private void silence(RoleSettings settings) {
    Optional<Run.Silence> longest =
        recorded.silences().stream().max(Comparator.comparingLong(Run.Silence::lastedNs));
    longest.ifPresent(
        s ->
            told.add(
                "  The longest silence of the peer: %s from %s on; takeoverAfter would be %s."
                    .formatted(
                        seconds(s.lastedNs()),
                        time(s.fromNs()),
                        seconds(settings.takeoverAfterNs()))));
  }

  private void modelled(Run other, List<Pair> different) {
    told.add(
        "  Recorded: what came from outside (heartbeats, link, comparisons, failures, orders), at its"
            + " recorded times. Made up: that time passes, and when the peer counts as silent.");
    other.modelled().forEach(m -> told.add("  Made up: " + m));
    if (!different.isEmpty()) {
      told.add(
          "  After "
              + time(different.get(0).nowNs())
              + " the peer and the application would have met another node than the one recorded:"
              + " what they did then is as recorded, and might have been otherwise.");
    }
  }

  private String time(long nowNs) {
    return Instant.ofEpochMilli(session.begin().wallMs(nowNs))
        .truncatedTo(ChronoUnit.MILLIS)
        .toString();
  }

  static String seconds(long ns) {
    return String.format(Locale.ROOT, "%.1f s", ns / 1e9);
  }
}
