package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of PROTOCOL §11, and that no role is without a decision on anything. */
class RoleTableTest {
  private static final PeerStatus PEER = PeerStatus.of(Role.SECONDARY, G1, DataState.UP_TO_DATE);

  /** Row, what happens, role that it ends in once every effect is done (10 s later). */
  @ParameterizedTest(name = "{0} on {1} ends {2}")
  @CsvSource({
    "PRIMARY, LINK_LOST, BLOCKED",
    "PRIMARY, ACK_LOST, BLOCKED",
    "PRIMARY, SILENT, BLOCKED",
    "PRIMARY, GOODBYE, BLOCKED",
    "PRIMARY, HIGHER_VIEW, DEMOTING",
    "PRIMARY, COPY_FAILED, DEMOTING",
    "BLOCKED, LINK_BACK, PRIMARY",
    "BLOCKED, SILENT, BLOCKED",
    "BLOCKED, GRANTED, ALONE",
    "BLOCKED, REFUSED, DEMOTING",
    "BLOCKED, UNKNOWN, BLOCKED",
    "BLOCKED, HIGHER_VIEW, DEMOTING",
    "BLOCKED, COPY_FAILED, DEMOTING",
    "ALONE, LINK_LOST, ALONE",
    "ALONE, ACK_LOST, ALONE",
    "ALONE, SILENT, ALONE",
    "ALONE, GOODBYE, ALONE",
    "ALONE, HIGHER_VIEW, ALONE",
    "SECONDARY, LINK_LOST, SECONDARY",
    "SECONDARY, SILENT, SECONDARY",
    "SECONDARY, GOODBYE, SECONDARY",
    "SECONDARY, GRANTED, TAKING_OVER",
    "SECONDARY, REFUSED, WAITING",
    "SECONDARY, UNKNOWN, SECONDARY",
    "SECONDARY, COPY_FAILED, WAITING",
    "TAKING_OVER, LINK_LOST, TAKING_OVER",
    "TAKING_OVER, SILENT, TAKING_OVER",
    "TAKING_OVER, GOODBYE, TAKING_OVER",
    "TAKING_OVER, HIGHER_VIEW, DEMOTING",
    "TAKING_OVER, COPY_FAILED, DEMOTING",
    "WAITING, LINK_LOST, WAITING",
    "WAITING, SILENT, WAITING",
    "WAITING, GOODBYE, WAITING",
    "WAITING, HIGHER_VIEW, WAITING",
    "WAITING, COPY_FAILED, WAITING",
    "DEMOTING, SILENT, DEMOTING",
    "DEMOTING, GRANTED, DEMOTING",
    "DEMOTING, HIGHER_VIEW, DEMOTING",
    "DEMOTING, COPY_FAILED, DEMOTING"
  })
  void row(Role role, String event, Role next) {
    Script s = Script.in(role);
    // the first step that would carry on is held back: the table tells the next role only
    boolean asks = Set.of("GRANTED", "REFUSED", "UNKNOWN").contains(event);
    if (asks && role != Role.DEMOTING) {
      s.arbiter =
          switch (event) {
            case "REFUSED" -> new RoleInput.Refused("no");
            case "UNKNOWN" -> new RoleInput.Unknown("?");
            default -> new RoleInput.Granted(0);
          };
      s.hangs =
          e -> e instanceof RoleEffect.DrainJournal || e instanceof RoleEffect.StopApplication;
      s.take(new RoleInput.PeerSilent(30_000 * MS)).take(new RoleInput.Tick());
    } else {
      s.hangs = e -> e.tracked() && !(e instanceof RoleEffect.ResumeStream);
      for (RoleInput input : inputs(event)) {
        s.take(input);
      }
    }
    assertThat(s.state.role()).isEqualTo(next);
  }

  private static List<RoleInput> inputs(String event) {
    return switch (event) {
      case "LINK_LOST" -> List.of(new RoleInput.LinkDown("cut"));
      case "ACK_LOST" -> List.of(new RoleInput.AckTimeout());
      case "SILENT" -> List.of(new RoleInput.PeerSilent(30_000 * MS));
      case "GOODBYE" -> List.of(new RoleInput.Goodbye(false, -1));
      case "HIGHER_VIEW" ->
          List.of(new RoleInput.PeerHeard(PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE)));
      case "COPY_FAILED" -> List.of(new RoleInput.CopyFailed("fsync failed"));
      case "GRANTED" -> List.of(new RoleInput.Granted(0));
      case "LINK_BACK" ->
          List.of(
              new RoleInput.LinkUp(),
              new RoleInput.Contact(new ContactVerdict.Resume(Side.ME, "short"), PEER));
      default -> throw new IllegalArgumentException(event);
    };
  }

  static List<RoleInput> everyInput() {
    List<RoleInput> all = new ArrayList<>();
    all.add(new RoleInput.Boot(Script.record(true, DataState.UP_TO_DATE)));
    all.add(new RoleInput.Settings(Script.in(Role.PRIMARY).state.settings()));
    all.add(new RoleInput.LinkUp());
    all.add(new RoleInput.LinkDown("cut"));
    for (Side side : Side.values()) {
      for (ContactVerdict v :
          List.of(
              new ContactVerdict.Refuse("r"),
              new ContactVerdict.FullCopy(side, "r"),
              new ContactVerdict.DropBranch(side, G1, "r"),
              new ContactVerdict.Split(G1, 1, "r"),
              new ContactVerdict.Split(G1, 1, side, "r"),
              new ContactVerdict.BothInconsistent("r"),
              new ContactVerdict.Source(side, Extent.BY_MAP, "r"),
              new ContactVerdict.Source(side, Extent.SPLIT, "r"),
              new ContactVerdict.Resume(side, "r"),
              new ContactVerdict.InSync(side, "r"),
              new ContactVerdict.Serve(side, "r"))) {
        all.add(new RoleInput.Contact(v, PEER));
        all.add(new RoleInput.Contact(v, PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE)));
      }
    }
    for (Role role : Role.values()) {
      for (DataState data : DataState.values()) {
        all.add(new RoleInput.PeerHeard(PeerStatus.of(role, G2, data)));
        all.add(new RoleInput.PeerHeard(new PeerStatus(role, G1, 0, data, true, -1)));
      }
    }
    all.add(
        new RoleInput.PeerHeard(
            new PeerStatus(Role.SECONDARY, G1, 0, DataState.UP_TO_DATE, false, -1, true, false)));
    all.add(new RoleInput.PeerSilent(1));
    all.add(new RoleInput.PeerBack());
    all.add(new RoleInput.PeerProcessGone("refused"));
    all.add(new RoleInput.Goodbye(true, 42));
    all.add(new RoleInput.Goodbye(false, -1));
    all.add(new RoleInput.AckTimeout());
    all.add(new RoleInput.Granted(1));
    all.add(new RoleInput.Refused("no"));
    all.add(new RoleInput.Unknown("?"));
    all.add(new RoleInput.Frozen(MS));
    all.add(new RoleInput.EffectDone(new RoleEffect.Mount(), 1));
    all.add(new RoleInput.EffectFailed(new RoleEffect.Mount(), "busy"));
    all.add(new RoleInput.EffectFailed(new RoleEffect.StartApplication(), "has to wait", true));
    all.add(new RoleInput.LastRound());
    all.add(new RoleInput.ReintegrationDone(G1));
    all.add(new RoleInput.ReintegrationFailed("cut"));
    all.add(new RoleInput.CopyFailed("EIO"));
    all.add(new RoleInput.ApplicationFailed("exit 1", true));
    all.add(new RoleInput.ApplicationFailed("exit 1", false));
    all.add(new RoleInput.ApplicationFailed("no gateway", true, true));
    all.add(new RoleInput.Fitness("no gateway", false));
    all.add(new RoleInput.Fitness("", false));
    all.add(new RoleInput.Fitness("", true));
    all.add(new RoleInput.Start(false, "op"));
    all.add(new RoleInput.Start(true, "op"));
    all.add(new RoleInput.Stop("op"));
    all.add(new RoleInput.Switchover("", "op"));
    all.add(new RoleInput.MoveWithGroup(1, "web fails", false));
    all.add(new RoleInput.MayStart());
    all.add(new RoleInput.Shutdown());
    all.add(new RoleInput.SplitKeep("a", "op"));
    all.add(new RoleInput.Resync("op"));
    all.add(new RoleInput.PauseDecisions("op"));
    all.add(new RoleInput.ResumeDecisions("op"));
    for (PeerMessage m :
        List.of(
            new PeerMessage.BecomeOutdated(G1),
            new PeerMessage.OutdatedConfirmed(G1),
            new PeerMessage.TakeOver(G1, 42),
            new PeerMessage.TakeOver(G1, 42, true),
            new PeerMessage.TakeOverRefused("r"),
            new PeerMessage.StopModule("op"),
            new PeerMessage.StartModule("op"),
            new PeerMessage.SwitchOver("op"),
            new PeerMessage.Yield(G1))) {
      all.add(new RoleInput.PeerSays(m));
    }
    all.add(new RoleInput.Tick());
    return all;
  }

  @Test
  void everyKindOfInputIsInTheEnumeration() {
    Set<Class<?>> kinds = everyInput().stream().map(Object::getClass).collect(Collectors.toSet());
    assertThat(kinds).containsExactlyInAnyOrder(RoleInput.class.getPermittedSubclasses());
  }

  /** Each pair has a reason, ends in finite steps, and breaks no promise. */
  @TestFactory
  Stream<DynamicTest> everyRoleDecidesOnEveryInput() {
    return Stream.of(Role.values())
        .map(
            role ->
                DynamicTest.dynamicTest(
                    role.toString(),
                    () -> {
                      for (RoleInput first : everyInput()) {
                        for (RoleInput second : everyInput()) {
                          Script s = Script.in(role);
                          boolean eligible = s.state.eligible();
                          boolean alone = s.state.alone() || role.serves();
                          s.hangs = e -> false;
                          s.take(first, second);
                          check(
                              s,
                              role + " " + first + " " + second,
                              eligible || alone,
                              first,
                              second);
                        }
                      }
                    }));
  }

  private static void check(
      Script s, String what, boolean mayServe, RoleInput first, RoleInput second) {
    assertThat(s.because).as(what).allSatisfy(why -> assertThat(why).isNotBlank());
    List<String> steps = s.steps();
    // acknowledged alone only after a durable generation
    if (steps.contains("ReleaseWaiting")) {
      assertThat(steps.indexOf("ALONE")).as(what).isBetween(0, steps.indexOf("ReleaseWaiting"));
    }
    if (steps.contains("Mount") && steps.contains("INTENT")) {
      assertThat(steps.indexOf("COMMIT")).as(what).isBetween(0, steps.indexOf("Mount"));
    }
    // nobody serves who was neither in sync, nor alone, nor told to
    boolean told =
        Stream.of(first, second)
            .anyMatch(
                i ->
                    i instanceof RoleInput.Contact
                        || i instanceof RoleInput.ReintegrationDone
                        || i instanceof RoleInput.Start start && start.force());
    if (!mayServe && !told) {
      assertThat(s.state.role().serves()).as(what).isFalse();
    }
  }
}
