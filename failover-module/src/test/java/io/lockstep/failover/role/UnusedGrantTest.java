package io.lockstep.failover.role;

import static io.lockstep.failover.role.Script.G1;
import static io.lockstep.failover.role.Script.G2;
import static io.lockstep.failover.role.Script.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.contact.Side;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import org.junit.jupiter.api.Test;

/**
 * A right that the arbiter granted and of which nothing came: what the node may do until the record
 * is right again, and what its copy is worth then.
 */
class UnusedGrantTest {
  private static final RoleEffect.AskArbiter WITHDRAW =
      new RoleEffect.AskArbiter(RoleEffect.Question.WITHDRAW);

  private static Script arbitrated(Role role) {
    Script s = Script.in(role);
    s.arbiter = new RoleInput.Granted(5);
    return s.take(new RoleInput.Settings(s.state.settings().withArbiter()));
  }

  /** Granted in view 5, then its address is another host's; started again by an operator. */
  private static Script startedAgain() {
    Script s = arbitrated(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.AddAddresses;
    s.take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.state.role()).isEqualTo(Role.STOPPED);
    s.fails = e -> false;
    return s.take(new RoleInput.Start(false, "op")).forget();
  }

  private static PeerStatus blocked(Generation generation) {
    return new PeerStatus(Role.BLOCKED, generation, 1, DataState.UP_TO_DATE, true, -1);
  }

  private static RoleInput dropped(PeerStatus peer) {
    return new RoleInput.Contact(new ContactVerdict.DropBranch(Side.ME, G1, "empty"), peer);
  }

  @Test
  void whoGivesItsBranchUpTakesTheRightBackAndIsInSyncAgain() {
    Script s = startedAgain().take(dropped(blocked(G1)));
    assertThat(s.state.generation()).isEqualTo(G1);
    assertThat(s.state.doubt()).isTrue();
    assertThat(s.state.eligible()).isTrue();
    assertThat(s.pass(100).done).contains(WITHDRAW);
    assertThat(s.state.doubt()).isFalse();
  }

  /** Both know that it is to serve: a fencing command is not to power the peer off for it. */
  @Test
  void whoServesByContactAsksAsOneThatIsNotInSync() {
    Script s = startedAgain();
    assertThat(s.state.eligible()).isTrue();
    s.hangs = e -> e instanceof RoleEffect.AskArbiter;
    s.take(
        new RoleInput.LinkUp(),
        new RoleInput.Contact(
            new ContactVerdict.Source(Side.ME, Extent.BY_MAP, "newer"),
            PeerStatus.of(Role.WAITING, G1, DataState.CONSISTENT)));
    assertThat(s.state.inFlight())
        .isEqualTo(new RoleEffect.AskArbiter(RoleEffect.Question.TAKE_OVER));
    assertThat(s.state.eligible()).isFalse();
  }

  /** As after an agent that died while it took over. */
  private static Script startedAnew() {
    Script s = new Script();
    s.state = RoleState.initial(Script.SETTINGS.withArbiter());
    s.arbiter = new RoleInput.Granted(5);
    return s.take(
        new RoleInput.Boot(
            new DurableStanding(G2, 5, false, false, "", false, DataState.UP_TO_DATE, "", true)),
        new RoleInput.LinkUp());
  }

  @Test
  void anAgentThatStartedAnewIsInSyncAgainUnlessThePeerWentOn() {
    Script s = startedAnew().take(dropped(blocked(G1)));
    assertThat(s.state.eligible()).isTrue();
    assertThat(s.state.candidate()).isTrue();
    s = startedAnew().take(dropped(PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE)));
    assertThat(s.state.eligible()).isFalse();
    assertThat(s.state.candidate()).isFalse();
  }

  @Test
  void ofABranchFromWhichThePeerWentOnItselfTheCopyIsNotInSync() {
    Script s = startedAgain().take(dropped(PeerStatus.of(Role.ALONE, G2, DataState.UP_TO_DATE)));
    assertThat(s.state.doubt()).isTrue();
    assertThat(s.state.eligible()).isFalse();
    assertThat(s.state.candidate()).isFalse();
  }

  @Test
  void aCopyThatWasForcedToServeIsNoBetterWhenItsBranchIsGivenUp() {
    Script s = arbitrated(Role.SECONDARY);
    s.take(new RoleInput.CopyFailed("bad block")).pass(5_000);
    s.fails = e -> e instanceof RoleEffect.AddAddresses;
    s.take(new RoleInput.Start(true, "op"));
    assertThat(s.state.role()).isEqualTo(Role.STOPPED);
    s.take(new RoleInput.Start(false, "op"), dropped(blocked(G1)));
    assertThat(s.state.generation()).isEqualTo(G1);
    assertThat(s.state.eligible()).isFalse();
  }

  @Test
  void aCopyThatCouldNotBeDrainedIsNotInSync() {
    Script s = arbitrated(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.DrainJournal;
    s.take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.state.role()).isEqualTo(Role.STOPPED);
    assertThat(s.state.eligible()).isFalse();
  }

  @Test
  void inDoubtNoWordIsGivenAndAfterwardsItIs() {
    Script s = startedAgain();
    s.arbiter = new RoleInput.Unknown("no route");
    s.take(dropped(blocked(G1))).pass(500);
    s.take(new RoleInput.PeerHeard(blocked(G1)));
    s.take(new RoleInput.PeerSays(new PeerMessage.BecomeOutdated(G1)));
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isFalse();
    assertThat(s.state.dataState()).isEqualTo(DataState.UP_TO_DATE);
    s.arbiter = new RoleInput.Granted(6);
    s.pass(5_000).take(new RoleInput.PeerHeard(blocked(G1)));
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isTrue();
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
  }

  @Test
  void aFollowingNodeInDoubtGivesNoWordEither() {
    Script s = arbitrated(Role.SECONDARY);
    s.arbiter = new RoleInput.Unknown("no route");
    s.take(new RoleInput.PeerSilent(30_000 * MS), new RoleInput.PeerBack());
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.state.doubt()).isTrue();
    s.take(new RoleInput.PeerHeard(blocked(G1)));
    assertThat(s.state.role()).isEqualTo(Role.SECONDARY);
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isFalse();
  }

  /** The answer may be a grant: then the peer, on its own by this node's word, would be refused. */
  @Test
  void noWordIsGivenWhileAQuestionOfItsOwnIsUnderWay() {
    Script s = arbitrated(Role.SECONDARY);
    s.hangs = e -> e instanceof RoleEffect.AskArbiter;
    s.take(new RoleInput.PeerSilent(30_000 * MS), new RoleInput.PeerBack());
    s.take(new RoleInput.PeerHeard(blocked(G1)));
    s.hangs = e -> false;
    s.take(new RoleInput.Granted(5));
    assertThat(s.state.doubt()).isTrue();
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isFalse();
    s.pass(3_000).take(new RoleInput.PeerHeard(blocked(G1)));
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isTrue();
  }

  @Test
  void noWordIsGivenFromABranchOfItsOwn() {
    Script s = startedAgain().take(new RoleInput.PeerHeard(blocked(G1)));
    s.take(new RoleInput.PeerSays(new PeerMessage.BecomeOutdated(G1)));
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isFalse();
    assertThat(s.state.dataState()).isEqualTo(DataState.UP_TO_DATE);
  }

  @Test
  void aPeerThatServesInAViewThatIsOverDoesNotOutdateABranch() {
    PeerStatus over = new PeerStatus(Role.PRIMARY, G1, 1, DataState.UP_TO_DATE, false, -1);
    Script s = startedAgain().take(new RoleInput.PeerHeard(over));
    assertThat(s.state.dataState()).isEqualTo(DataState.UP_TO_DATE);
    PeerStatus later = new PeerStatus(Role.PRIMARY, G1, 6, DataState.UP_TO_DATE, false, -1);
    s.take(new RoleInput.PeerHeard(later));
    assertThat(s.state.dataState()).isEqualTo(DataState.OUTDATED);
  }

  @Test
  void withoutAnArbiterNothingIsTakenBack() {
    Script s = Script.in(Role.SECONDARY);
    s.fails = e -> e instanceof RoleEffect.AddAddresses;
    s.take(new RoleInput.PeerSilent(30_000 * MS));
    assertThat(s.state.eligible()).isFalse();
    s.take(new RoleInput.Start(false, "op"), dropped(blocked(G1)));
    assertThat(s.state.generation()).isEqualTo(G1);
    assertThat(s.state.doubt()).isFalse();
    assertThat(s.state.eligible()).isFalse();
  }

  @Test
  void onlyWhoNumbersThisHistoryIsSaidToServeIt() {
    Script s = arbitrated(Role.WAITING);
    assertThat(s.state.peerServesThis()).isFalse();
    for (Role role : Role.values()) {
      boolean numbers = role == Role.PRIMARY || role == Role.BLOCKED || role == Role.ALONE;
      s.take(new RoleInput.PeerHeard(PeerStatus.of(role, G1, DataState.UP_TO_DATE)));
      assertThat(s.state.peerServesThis()).as(role.toString()).isEqualTo(numbers);
    }
    s.hear(Role.BLOCKED, G2, DataState.UP_TO_DATE);
    assertThat(s.state.peerServesThis()).isFalse();
  }

  @Test
  void withoutAnArbiterTheWordIsGivenAsAsked() {
    Script s = Script.in(Role.SECONDARY);
    s.hangs = e -> e instanceof RoleEffect.AskArbiter;
    s.take(new RoleInput.PeerSilent(30_000 * MS), new RoleInput.PeerHeard(blocked(G1)));
    s.hangs = e -> false;
    s.take(new RoleInput.Granted(0));
    assertThat(s.state.role()).isEqualTo(Role.WAITING);
    assertThat(s.told(PeerMessage.OutdatedConfirmed.class)).isTrue();
  }
}
