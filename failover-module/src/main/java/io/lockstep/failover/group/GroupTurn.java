package io.lockstep.failover.group;

import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleEffect.Level;
import io.lockstep.failover.role.RoleInput;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One step of a group's machine in the making. Lives only during one call. */
final class GroupTurn {
  /** A move so long ago says nothing about the next. */
  private static final long FORGOTTEN_NS = 3_600_000_000_000L;

  /** The quiet time doubles with each move within an hour of the last, this often at most. */
  private static final int DOUBLINGS = 8;

  /** A member that does not stop, or says nothing of it, holds the others up for so long. */
  private static final long STOP_BOUND_NS = 120_000_000_000L;

  private final GroupSettings settings;
  private final List<Member> members;
  private final long now;
  private final List<GroupEffect> out = new ArrayList<>();
  private final Map<String, Long> waiting;
  private long orders;
  private Errand errand;
  private String places;
  private long stillSinceNs;
  private String seen;
  private long seenSinceNs;
  private int moves;
  private long movedNs;
  private String told;

  GroupTurn(GroupSettings settings, GroupState state, List<Member> members, long now) {
    this.settings = settings;
    this.members = members;
    this.now = now;
    this.orders = state.orders();
    this.errand = state.errand();
    this.places = state.places();
    this.stillSinceNs = state.stillSinceNs();
    this.seen = state.seen();
    this.seenSinceNs = state.seenSinceNs();
    this.moves = state.moves();
    this.movedNs = state.movedNs();
    this.waiting = new HashMap<>(state.waiting());
    this.told = state.told();
  }

  GroupMachine.Step step() {
    return new GroupMachine.Step(
        new GroupState(
            orders, errand, places, stillSinceNs, seen, seenSinceNs, moves, movedNs, waiting, told),
        out);
  }

  /** All that lasts began so much later: the members had no time in between either. */
  void frozen(long ns) {
    stillSinceNs += ns;
    seenSinceNs += ns;
    waiting.replaceAll((member, sinceNs) -> sinceNs + ns);
    errand = errand == null ? null : errand.later(ns);
  }

  /** An operator wants the group on the other node. */
  void asked(String who) {
    String why =
        errand != null ? "it is at something already" : GroupMachine.hindrance(members, Place.HERE);
    List<Member> here = in(Place.HERE);
    if (why.isEmpty() && here.isEmpty()) {
      why = "the peer serves it";
    }
    if (!why.isEmpty()) {
      tell(Level.WARN, "Switchover by " + who + " is refused: " + why + ".");
      return;
    }
    begin(Errand.Kind.MOVE, "switchover by " + who, true, here);
  }

  /** Replaces what the group is at. */
  void begin(Errand.Kind kind, String why, boolean byOperator, List<Member> which) {
    List<String> names = new ArrayList<>(which.stream().map(Member::name).toList());
    Collections.reverse(names);
    errand = new Errand(kind, why, byOperator, names, "", 0, 0);
  }

  void look() {
    note();
    letStart();
    if (errand != null) {
      goOn();
    } else if (now - stillSinceNs >= settings.quietNs()) {
      choose();
    }
  }

  private void note() {
    String at = members.stream().map(Member::place).toList().toString();
    if (!places.equals(at)) {
      places = at;
      stillSinceNs = now;
    }
    String sight =
        at
            + members.stream().map(Member::movable).toList()
            + members.stream().map(Member::failsHere).toList()
            + members.stream().map(Member::failsThere).toList();
    if (!seen.equals(sight)) {
      seen = sight;
      seenSinceNs = now;
    }
  }

  /**
   * An application starts when those before it serve and are well, or took too long. One that was
   * handed over came first, since what starts last stops first: those before it that the peer still
   * serves are about to follow, unless nothing comes of that within the quiet time.
   */
  private void letStart() {
    List<String> unready = new ArrayList<>();
    boolean peerServes = false;
    for (Member m : members) {
      if (m.waitsToStart()) {
        long sinceNs = waiting.computeIfAbsent(m.name(), name -> now);
        long waitedNs = now - sinceNs;
        boolean over = waitedNs >= settings.startBoundsNs().getOrDefault(m.name(), 0L);
        boolean follow = peerServes && m.handedOver() && waitedNs < settings.quietNs();
        if (unready.isEmpty() && !follow || over) {
          out.add(new GroupEffect.Order(m.name(), new RoleInput.MayStart()));
        }
      } else {
        Long sinceNs = waiting.remove(m.name());
        if (sinceNs != null && !unready.isEmpty() && m.place() != Place.NOWHERE) {
          long s = Member.seconds(now - sinceNs);
          tell(Level.WARN, m.name() + " goes on without " + unready + " being well: " + s + " s");
        }
      }
      if (!m.ready()) {
        unready.add(m.name());
      }
      peerServes |= m.place() == Place.THERE;
    }
  }

  /** Tells the next member when the one before has done it. */
  private void goOn() {
    while (errand != null) {
      if (!errand.current().isEmpty()) {
        Optional<Member> m = named(errand.current());
        if (m.isPresent() && !hasDone(m.get())) {
          return;
        }
        errand = errand.done();
      } else if (errand.rest().isEmpty()) {
        errand = null;
      } else {
        tellNext();
        return;
      }
    }
  }

  private void tellNext() {
    String next = errand.rest().get(0);
    orders++;
    errand = errand.telling(orders, now);
    RoleInput input =
        switch (errand.kind()) {
          case MOVE -> new RoleInput.MoveWithGroup(orders, errand.why(), errand.byOperator());
          case STOP -> new RoleInput.Stop(errand.why());
          case SHUT_DOWN -> new RoleInput.Shutdown();
        };
    out.add(new GroupEffect.Order(next, input));
  }

  /** Whether the member told last has left; an errand that cannot go on is ended. */
  private boolean hasDone(Member m) {
    if (errand.kind() != Errand.Kind.MOVE) {
      boolean served = m.place() == Place.HERE || m.place() == Place.THERE && stops();
      return !served && !m.applicationUp() || now - errand.sinceNs() > STOP_BOUND_NS;
    }
    if (m.order() < errand.number() || m.leaving()) {
      return false;
    }
    if (m.place() == Place.HERE) {
      String left = errand.rest().isEmpty() ? "" : "; " + errand.rest() + " are not touched";
      tell(Level.ERROR, "It does not move: " + m.name() + " stays here, " + m.is() + left + ".");
      errand = new Errand(Errand.Kind.MOVE, errand.why(), false, List.of(), "", 0, 0);
    }
    return true;
  }

  private boolean stops() {
    return errand.kind() == Errand.Kind.STOP;
  }

  /** Nothing of the group has moved for the quiet time: whether it is to move by itself. */
  private void choose() {
    List<Member> counted = members.stream().filter(m -> m.place() != Place.STOPPED).toList();
    List<Member> here = in(Place.HERE);
    List<Member> there = in(Place.THERE);
    boolean known = here.size() + there.size() == counted.size();
    int most = Math.max(here.size(), there.size());
    boolean apart = most > 0 && most < counted.size();
    Optional<Member> unwell = here.stream().filter(Member::wantsAway).findFirst();
    Optional<String> stay = stays(here, counted);
    report(apart, unwell.isPresent() ? stay : Optional.empty());
    if (!known || here.isEmpty() || stay.isPresent() || resting()) {
      return;
    }
    if (!there.isEmpty()) {
      boolean failsHere = counted.stream().anyMatch(Member::failsHere);
      boolean hither = !failsHere && there.stream().allMatch(Member::movable);
      long waits = settings.preferredHere() ? settings.quietNs() : 2 * settings.quietNs();
      if ((settings.preferredHere() || !hither) && now - seenSinceNs >= waits) {
        move("the group comes together", here);
      }
    } else if (unwell.isPresent()) {
      move("the application of " + unwell.get().name() + " failed", here);
    } else if (here.stream().allMatch(m -> m.undisturbedNs() >= settings.failbackNs())) {
      move("back to its preferred node", here);
    }
  }

  /** Why those do not go to the other node by themselves; {@code all} may have failed there. */
  private static Optional<String> stays(List<Member> which, List<Member> all) {
    for (Member m : which) {
      if (!m.movable()) {
        return Optional.of(m.name() + " cannot move: " + m.hindrance());
      }
    }
    for (Member m : all) {
      if (m.paused()) {
        return Optional.of(m.name() + " is in maintenance");
      }
      if (m.failsThere()) {
        return Optional.of("the application of " + m.name() + " failed on the other node");
      }
    }
    return Optional.empty();
  }

  private boolean resting() {
    if (now - movedNs > FORGOTTEN_NS) {
      moves = 0;
    }
    long restNs = settings.quietNs() << Math.min(DOUBLINGS, Math.max(0, moves - 1));
    return moves > 0 && now - movedNs < restNs;
  }

  private void move(String why, List<Member> here) {
    moves++;
    movedNs = now;
    tell(Level.WARN, "It goes to " + settings.peer() + ": " + why + ".");
    begin(Errand.Kind.MOVE, why, false, here);
    goOn();
  }

  /** Once for each state of things. */
  private void report(boolean apart, Optional<String> stays) {
    String line =
        apart
            ? GroupVerdict.apart(settings, members)
            : stays.map(why -> "It stays on " + settings.node() + ": " + why).orElse("");
    if (!line.equals(told)) {
      if (line.isEmpty()) {
        tell(Level.INFO, "It is together again.");
      } else {
        tell(Level.WARN, line + ".");
      }
      told = line;
    }
  }

  private List<Member> in(Place place) {
    return members.stream().filter(m -> m.place() == place).toList();
  }

  private Optional<Member> named(String name) {
    return members.stream().filter(m -> m.name().equals(name)).findFirst();
  }

  private void tell(Level level, String text) {
    out.add(new GroupEffect.Tell(level, "Group " + settings.name() + ": " + text));
  }
}
