package io.lockstep.simulator;

import io.lockstep.agent.node.ModuleRuntime;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Side;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.replication.PrimaryStream;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Judges what a node concludes from its peer's record: a branch that held operations when that came
 * is not called empty, however long it was on its way.
 */
final class ContactOracle {
  /** What the node was when it was given the message over which it decided. */
  private record Then(List<Ancestor> history, long last) {}

  private final ArrayDeque<Then> decisions = new ArrayDeque<>();

  /** A message of the exchange has come: {@code look} is what the node does with it. */
  @SuppressWarnings("ReferenceEquality") // another record, however alike, is another message
  void comes(ModuleRuntime module, Runnable look) {
    ContactRecord before = module.peerRecord();
    boolean numbers = module.primary().mode() != PrimaryStream.Mode.CLOSED;
    long last = numbers ? module.primary().progress().last() : -1;
    Then then = new Then(module.data().record().history(), last);
    look.run();
    if (module.peerRecord() != before) {
      decisions.add(then);
    }
  }

  /** The role machine was given that input. */
  void decided(RoleInput input) {
    Then then = input instanceof RoleInput.Contact ? decisions.poll() : null;
    if (then != null
        && ((RoleInput.Contact) input).verdict() instanceof ContactVerdict.DropBranch drop
        && drop.whose() == Side.ME) {
      for (Ancestor fork : then.history()) {
        if (fork.parent().equals(drop.back()) && then.last() > fork.forkSequence()) {
          throw new Oracle.Violation(
              "first contact", "a branch with operations since " + fork + " is called empty");
        }
      }
    }
  }
}
