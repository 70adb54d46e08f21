package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.reintegration.FrameMessages;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The deliberate faults that are found: what each breaks, and where docs/protocol.md demands it.
 * Those that were tried and got away are listed in docs/guarantees.md.
 */
final class Mutations {
  /** In front of the messages of a reintegration. */
  private static final int SESSION_BYTES = 8;

  private Mutations() {}

  static List<Mutation> all() {
    return List.of(
        Mutation.earlyAck("acknowledges before the journal has it", "§2 received"),
        Mutation.file("does not force the journal", "§2 durable mark", ".cq4", "force"),
        Mutation.file("does not force its record", "§9 every write forced", "/state", "force"),
        Mutation.file("does not write its record", "§9 durable state", "/state", "write"),
        Mutation.file("does not force the map of changes", "§2 write-ahead", "dirty.log", "force"),
        Mutation.file("does not write the map of changes", "§2 write-ahead", "dirty.log", "write"),
        Mutation.tree("counts a checkpoint without syncing", "§2 trimming", "syncAll", 1),
        Mutation.tree("answers fsync without syncing", "§8 fsync", "sync", 1),
        Mutation.tree("forgets a truncation", "§5 outcomes", "truncate", 7),
        Mutation.tree("forgets a removal", "§5 outcomes", "remove", 5),
        Mutation.tree("forgets an attribute", "§5 outcomes", "setXattr", 5),
        Mutation.tree("forgets a time or mode", "§5 explicit times", "setAttributes", 9),
        Mutation.tree("forgets a write", "§5 outcomes", "write", 11),
        Mutation.tree("forgets a rename", "§6 order", "rename", 5),
        Mutation.tree("forgets a link", "§6 hard links", "link", 3),
        Mutation.oneGeneration("uses a generation again", "§1 one numberer a view"),
        Mutation.contact(
                "calls its copy whole when it is not",
                "§4 INCONSISTENT",
                lie -> {
                  lie.dataState = DataState.UP_TO_DATE;
                  lie.verify = false;
                  return lie;
                })
            .aimed(Mutations::losingASync),
        Mutation.frames(
            "forgets the orphan tail",
            "§2 orphan tail",
            StreamMessages.REINTEGRATION,
            Mutations::untouched),
        Mutation.frames(
            "sends other content on a return",
            "§7 set to send",
            StreamMessages.REINTEGRATION,
            payload -> spoilt(payload, 7, 1)),
        Mutation.frames(
            "sends other times and modes on a return",
            "§7 set to send",
            StreamMessages.REINTEGRATION,
            payload -> spoilt(payload, 11, 9)),
        Mutation.frames(
            "sends other content than it applies",
            "§5 outcomes",
            StreamMessages.OPERATION,
            Mutations::spoiltWrite),
        Mutation.frames(
            "begins the stream one operation late",
            "§7 commit",
            StreamMessages.FOLLOW,
            Mutations::later),
        Mutation.file("does not put its new record in place", "§9 two slots", "/state", "replace"),
        Mutation.tree("forgets a creation", "§5 outcomes", "create", 7),
        Mutation.treeSwallows("takes a failed sync of its tree for done", "§2 trimming", "syncAll")
            .aimed(Mutations::losingASync),
        Mutation.treeSwallows("takes a failed write for done", "§5 compensation", "write"),
        Mutation.seesNoGap("goes on after a freeze as if nothing had been", "§3 own freeze"),
        Mutation.fileWithin(
            "skips the generation record", "§3 going alone", "/state", "Persistence", "alone"),
        Mutation.treeWithin("trims the journal early", "§2 trimming", "syncAll", "TreeCheckpoints"),
        Mutation.file(
            "does not copy what the losing side has",
            "first contact, SPLIT",
            "directory-0",
            "write"),
        new Mutation(
            "promotes a copy while it is INCONSISTENT", "§3 who may serve", new Promoting()),
        new Mutation(
            "resumes a stream below the durable mark", "§2 received", new ResumingTooHigh()),
        new Mutation("treats bit rot as a torn tail", "§5 bit rot", new TornTail()),
        Mutation.desk(
            "ignores the arbiter",
            "§3 in-sync record",
            (question, claim, desk) -> new RoleInput.Granted(0)),
        Mutation.desk(
            "takes an unclear answer for a grant",
            "§3 unknown is not granted",
            (question, claim, desk) -> {
              RoleInput answer = desk.ask(question, claim);
              return answer instanceof RoleInput.Unknown ? new RoleInput.Granted(0) : answer;
            }),
        Mutation.desk(
            "promotes without being in inSync",
            "§3 in-sync record",
            (question, claim, desk) ->
                desk.ask(question == Question.TAKE_OVER ? Question.FORCE : question, claim)),
        Mutation.desk(
            "does not record that it runs alone",
            "§3 in-sync record",
            (question, claim, desk) ->
                question == Question.ALONE ? new RoleInput.Granted(0) : desk.ask(question, claim)),
        new Mutation(
            "leaves the application when it stops serving",
            "§8 switchover order",
            new Substitution() {
              @Override
              ApplicationControl application(ApplicationControl application) {
                return Mutation.neverStopped(application);
              }
            }),
        new Mutation(
            "does not tell that the application fails",
            "§11 application",
            new Substitution() {
              @Override
              PeerStatus tells(SimHost host, PeerStatus s) {
                return new PeerStatus(
                    s.role(),
                    s.generation(),
                    s.view(),
                    s.dataState(),
                    s.asksOutdated(),
                    s.handsOverAt());
              }
            }),
        new Mutation(
            "leaves the address when it stops serving",
            "§8 switchover order",
            new Substitution() {
              @Override
              boolean keepsTheAddress() {
                return true;
              }
            }),
        GroupMutations.of(
            "moves one module of a group alone",
            "operations, groups",
            GroupMutations.movingOne(GroupMachine::step)),
        GroupMutations.of(
            "moves a group though one copy is not whole",
            "operations, groups",
            GroupMutations.takingAllForMovable(GroupMachine::step)),
        GroupMutations.of(
            "leaves a group apart",
            "operations, groups",
            GroupMutations.stayingApart(GroupMachine::step)),
        GroupMutations.of(
            "starts an application before what it builds on",
            "operations, groups",
            GroupMutations.startingAtOnce(GroupMachine::step)),
        GroupMutations.of(
            "starts an application before its base follows",
            "operations, groups",
            GroupMutations.takingNoneForHandedOver(GroupMachine::step)),
        CheckerMutations.of(
            "acts at a checker's first failure",
            "configuration, checkers",
            CheckerMutations::trippingAtOnce),
        CheckerMutations.of(
            "ignores the budget of restarts",
            "configuration, restarts",
            CheckerMutations::withoutBudget),
        new Mutation(
            "leaves running what is given up",
            "operations, DOWN",
            new Substitution() {
              @Override
              boolean stopsWhatIsGivenUp() {
                return false;
              }
            }),
        CheckerMutations.of(
            "does not look at what it has to wait for",
            "configuration, checkers",
            CheckerMutations::waitingForNothing),
        new Mutation(
            "does not end a drill when its node takes over",
            "operations, drills",
            new Substitution() {
              @Override
              boolean killsDrills() {
                return false;
              }
            }),
        new Mutation(
            "goes on applying under a drill",
            "operations, drills",
            new Substitution() {
              @Override
              void drilled(SimHost host) {
                host.agent.appliesUnderDrills();
              }
            }));
  }

  /** The target's list of what its own journal touched: empty. Behind the session's number. */
  private static byte[] untouched(byte[] payload) {
    return payload.length > 8 && payload[8] == 32
        ? new byte[] {
          payload[0],
          payload[1],
          payload[2],
          payload[3],
          payload[4],
          payload[5],
          payload[6],
          payload[7],
          32,
          0,
          0,
          0,
          0
        }
        : payload;
  }

  /**
   * Each message of that kind, behind the session's number, with a byte before its end turned over.
   */
  private static byte[] spoilt(byte[] payload, int kind, int fromEnd) {
    FrameMessages.forEach(
        ByteBuffer.wrap(payload).position(SESSION_BYTES),
        (of, from, to) -> {
          if (of == kind && to - from > fromEnd) {
            payload[to - fromEnd] ^= 0x55;
          }
        });
    return payload;
  }

  /** A long operation, as most writes are, with its last byte turned over. */
  private static byte[] spoiltWrite(byte[] payload) {
    if (payload.length > 400) {
      payload[payload.length - 1] ^= 0x55;
    }
    return payload;
  }

  /** Generation and sequence: the sequence one higher. */
  private static byte[] later(byte[] payload) {
    payload[payload.length - 1]++;
    return payload;
  }

  /**
   * The secondary's sync fails over what it has just applied, and later it loses its power, and
   * then has to serve.
   */
  private static Plan losingASync(Plan drawn) {
    long atNs =
        drawn.bursts().stream()
            .mapToLong(Plan.Burst::atNs)
            .filter(at -> at > 20 * Plan.SECOND)
            .min()
            .orElseThrow();
    return drawn.and(
        new Fault(Fault.Kind.TREE_SYNC_FAILS, atNs, 1, Plan.SECOND, 0, null),
        new Fault(Fault.Kind.POWER_CUT, atNs + 20 * Plan.SECOND, 1, Plan.SECOND / 2, 0, null),
        new Fault(Fault.Kind.AGENT_KILLED, atNs + 40 * Plan.SECOND, 0, 60 * Plan.SECOND, 0, null));
  }
}
