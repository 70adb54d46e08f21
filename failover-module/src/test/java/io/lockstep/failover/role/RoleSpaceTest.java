package io.lockstep.failover.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The role machine's states, as far as any inputs lead to them, and every input at each: every step
 * of a plan under way or failed, every answer late, whatever the peer, the arbiter and an operator
 * say in between. No pair throws, breaks a promise ({@link RolePromises}) or leads to where the
 * machine stands still.
 *
 * <p>States that differ only in times or texts count as one. The least visited combination of role,
 * goal, step under way and whether the record says stopped is looked at next, so that the bound on
 * the number of states leaves none of them out.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoleSpaceTest {
  private static final int STATES = 8_000;
  private static final long MS = Script.MS;

  /** A state, when it was reached, and what was durable by then. */
  private record Place(RoleState state, long now, RolePromises promises, Place from, RoleInput by) {
    String story() {
      return from == null ? "" : from.story() + "\n  " + from.state.role() + ": " + by;
    }
  }

  private final Map<List<Object>, Deque<Place>> waiting = new LinkedHashMap<>();
  private final Map<List<Object>, Integer> visits = new LinkedHashMap<>();
  private final Set<List<Object>> known = new HashSet<>();
  private final List<Place> visited = new ArrayList<>();
  private final Set<String> broken = new TreeSet<>();
  private final List<String> stories = new ArrayList<>();
  private long pairs;
  private long generations = 1_000;

  @BeforeAll
  void explore() {
    for (RoleSettings each :
        List.of(Script.SETTINGS, Script.SETTINGS.withArbiter().withFailback(5_000 * MS))) {
      RoleState initial = RoleState.initial(each);
      add(new Place(initial, 1_000 * MS, RolePromises.NONE, null, null));
    }
    while (visited.size() < STATES) {
      Place place = next();
      if (place == null) {
        break;
      }
      visited.add(place);
      for (RoleInput input : inputs(place)) {
        look(place, input, place.now);
      }
      for (long later : new long[] {100 * MS, 7_000 * MS, 40_000 * MS}) {
        look(place, new RoleInput.Tick(), place.now + later);
      }
    }
  }

  @Test
  void noPairBreaksAPromise() {
    assertThat(broken).as("stories: %s", stories).isEmpty();
    assertThat(pairs).isGreaterThan(1_000_000);
  }

  @Test
  void everyRoleAndEveryPlanIsAmongThem() {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    Set<Goal> goals = EnumSet.noneOf(Goal.class);
    Set<String> steps = new TreeSet<>();
    for (Place place : visited) {
      roles.add(place.state.role());
      goals.add(place.state.goal());
      if (place.state.inFlight() != null) {
        steps.add(place.state.goal() + " " + Script.name(place.state.inFlight()));
      }
    }
    assertThat(roles).containsExactlyInAnyOrder(Role.values());
    assertThat(goals).containsExactlyInAnyOrder(Goal.values());
    assertThat(steps)
        .contains(
            "TAKE_OVER FenceStream",
            "TAKE_OVER ForceJournal",
            "TAKE_OVER INTENT",
            "TAKE_OVER AskArbiter",
            "TAKE_OVER COMMIT",
            "TAKE_OVER DrainJournal",
            "TAKE_OVER TrackAlone",
            "TAKE_OVER Mount",
            "TAKE_OVER AddAddresses",
            "TAKE_OVER StartApplication",
            "HAND_OVER AwaitAcks",
            "HAND_OVER StepDown",
            "ROLL_BACK Mount",
            "GO_ALONE ALONE",
            "RENEW ALONE",
            "ADMIT AskArbiter");
  }

  /**
   * With every effect answered at once, whatever was under way comes to an end, and so does a role
   * that is only passed through.
   */
  @Test
  void everyPlanEnds() {
    for (Place place : visited) {
      Script s = resumed(place);
      s.pass(1_000);
      if (s.state.inFlight() != null) {
        s.take(s.answer(s.state.inFlight()));
      }
      s.pass(3_000);
      assertThat(s.state.goal()).as("%s", place.story()).isEqualTo(Goal.NONE);
      assertThat(s.state.role()).as("%s", place.story()).isNotIn(Role.TAKING_OVER, Role.DEMOTING);
    }
  }

  /** Whoever counts as part of a return is, or it would refuse every other. */
  @Test
  void onlySourcesAndTargetsAreInAReturn() {
    for (Place place : visited) {
      if (place.state.reintegrating()) {
        assertThat(place.state.role()).as("%s", place.story()).isIn(Role.ALONE, Role.SECONDARY);
      }
    }
  }

  /** Nobody is BLOCKED for ever, even if neither peer nor arbiter is ever heard again. */
  @Test
  void beingBlockedEnds() {
    int blocked = 0;
    for (Place place : visited) {
      if (place.state.role() == Role.BLOCKED) {
        blocked++;
        Script s = resumed(place);
        s.arbiter = new RoleInput.Unknown("out of reach");
        if (s.state.inFlight() != null) {
          s.take(s.answer(s.state.inFlight()));
        }
        s.pass(45_000);
        assertThat(s.state.role()).as("%s", place.story()).isNotEqualTo(Role.BLOCKED);
      }
    }
    assertThat(blocked).isGreaterThan(100);
  }

  /** The one line that an operator reads is true in every state, and says what to do. */
  @Test
  void noStateIsCalledBetterThanItIs() {
    Set<String> misled = new TreeSet<>();
    Set<Verdict.Kind> kinds = EnumSet.noneOf(Verdict.Kind.class);
    for (Place place : visited) {
      RoleInput pause = new RoleInput.PauseDecisions("op");
      for (RoleState s :
          List.of(place.state, RoleMachine.step(place.state, pause, place.now).state())) {
        Verdict verdict = Verdict.of(new Verdict.Situation(s, "now", 0, ""));
        kinds.add(verdict.kind());
        String why = misleads(s, verdict);
        if (why != null && misled.add(why)) {
          stories.add(why + ":" + place.story());
        }
        assertThat(verdict.line()).startsWith(verdict.kind().name());
      }
    }
    assertThat(misled).as("stories: %s", stories).isEmpty();
    assertThat(kinds).containsExactlyInAnyOrder(Verdict.Kind.values());
  }

  /** What of a verdict is not so; null when all of it is. */
  private static String misleads(RoleState s, Verdict verdict) {
    boolean serves = s.role().serves();
    boolean follows = s.role() == Role.SECONDARY && s.presence() == Presence.PRESENT;
    boolean down = serves && s.switchWhenPaired() && !s.applicationUp();
    return switch (verdict.kind()) {
      case PROTECTED, MAINTENANCE -> {
        boolean paired =
            s.role() == Role.PRIMARY
                || (follows && s.eligible() && s.dataState() == DataState.UP_TO_DATE);
        boolean sure = s.linkUp() && !s.doubt() && s.split() == null && !down;
        boolean automatic = !s.paused() || verdict.kind() == Verdict.Kind.MAINTENANCE;
        yield paired && sure && automatic ? null : verdict.kind() + " as " + s.role();
      }
      case EXPOSED, RESYNCHRONIZING, BLOCKED -> {
        boolean known = s.peer() != null && s.peer().role().serves();
        yield (serves || known) && !down ? null : verdict.kind() + " and nobody serves";
      }
      case SPLIT -> s.split() != null ? null : "SPLIT without one";
      case STOPPED -> s.role() == Role.STOPPED ? null : "STOPPED as " + s.role();
      case WAITING -> s.role() == Role.WAITING ? null : "WAITING as " + s.role();
      case DOWN -> s.role() == Role.PRIMARY && !down ? "DOWN while it serves" : null;
    };
  }

  private static Script resumed(Place place) {
    Script s = new Script();
    s.state = place.state;
    s.now = place.now;
    return s;
  }

  private Place next() {
    List<Object> least = null;
    for (List<Object> kind : waiting.keySet()) {
      boolean fewer = least == null || visits.get(kind) < visits.get(least);
      if (!waiting.get(kind).isEmpty() && fewer) {
        least = kind;
      }
    }
    if (least == null) {
      return null;
    }
    visits.merge(least, 1, Integer::sum);
    return waiting.get(least).remove();
  }

  private void look(Place place, RoleInput input, long now) {
    pairs++;
    Step step = RoleMachine.step(place.state, input, now);
    RolePromises promises = place.promises.after(input, place.state);
    Place reached = new Place(step.state(), now, promises, place, input);
    for (String promise : promises.broken(place.state, step)) {
      if (broken.add(promise)) {
        stories.add(promise + ":" + reached.story());
      }
    }
    add(reached);
  }

  private void add(Place place) {
    if (known.add(key(place))) {
      RoleState s = place.state;
      Object step = s.inFlight() == null ? "" : Script.name(s.inFlight());
      List<Object> kind = List.of(s.role(), s.goal(), step, place.promises.stopped());
      waiting.computeIfAbsent(kind, k -> new ArrayDeque<>()).add(place);
      visits.putIfAbsent(kind, 0);
    }
  }

  /** What makes two states different. */
  private static List<Object> key(Place place) {
    RoleState s = place.state;
    List<Object> key = new ArrayList<>();
    key.add(place.promises);
    key.add(List.of(s.booted(), s.role(), s.dataState(), s.intended() != null, s.alone()));
    key.add(List.of(s.eligible(), s.linkUp(), s.presence(), s.goal(), s.rest().size()));
    key.add(s.inFlight() == null ? "" : Script.name(s.inFlight()));
    key.add(List.of(s.staleAnswer(), s.planned(), s.abort() != null, s.finalSequence() >= 0));
    key.add(List.of(s.reintegrating(), s.lastRound(), s.lookAgain(), s.asksOutdated()));
    key.add(List.of(s.switchWhenPaired(), s.applicationUp(), s.paused(), s.split() != null));
    key.add(s.unfit());
    boolean waitedLong = s.candidate() && place.now - s.sinceNs() >= s.settings().blockedBoundNs();
    key.add(List.of(s.settings().arbiter(), s.candidate(), s.doubt(), waitedLong));
    key.add(s.askAtNs() == Long.MAX_VALUE ? "never" : place.now >= s.askAtNs());
    key.add(s.listenUntilNs() == Long.MAX_VALUE ? "never" : place.now >= s.listenUntilNs());
    key.add(place.now < s.holdUntilNs());
    if (s.peer() != null) {
      key.add(List.of(s.peer().role().serves(), s.peer().role() == Role.SECONDARY));
      key.add(s.peer().dataState() == DataState.UP_TO_DATE);
      key.add(s.peer().generation().equals(s.generation()));
    }
    return key;
  }

  private List<RoleInput> inputs(Place place) {
    RoleState s = place.state;
    List<RoleInput> inputs = new ArrayList<>(RoleTableTest.everyInput());
    for (DataState data : DataState.values()) {
      inputs.add(new RoleInput.Boot(Script.record(false, data)));
      inputs.add(new RoleInput.Boot(Script.record(true, data)));
      inputs.add(new RoleInput.Boot(Script.stoppedRecord(data)));
    }
    Generation own = s.generation();
    for (Role role : Role.values()) {
      inputs.add(new RoleInput.PeerHeard(PeerStatus.of(role, own, DataState.UP_TO_DATE)));
    }
    inputs.add(
        new RoleInput.PeerHeard(
            new PeerStatus(Role.SECONDARY, own, 0, DataState.UP_TO_DATE, false, 42)));
    inputs.add(new RoleInput.PeerSays(new PeerMessage.TakeOver(own, 42)));
    inputs.add(new RoleInput.SplitKeep("b", "op"));
    if (s.inFlight() != null) {
      inputs.add(new RoleInput.EffectFailed(s.inFlight(), "broken"));
      if (!(s.inFlight() instanceof RoleEffect.AskArbiter)) {
        inputs.add(done(s.inFlight()));
      }
    }
    return inputs;
  }

  private RoleInput done(RoleEffect effect) {
    boolean draws =
        effect instanceof RoleEffect.Persist p
            && p.change() instanceof Change.BeginGeneration begin
            && begin.stage() != Change.Stage.COMMIT;
    Generation drawn = draws ? new Generation(generations++, 1) : null;
    return new RoleInput.EffectDone(
        effect, 1, drawn, effect instanceof RoleEffect.AwaitAcks ? 42 : -1);
  }
}
