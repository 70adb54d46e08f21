package io.lockstep.failover.arbiter;

import io.lockstep.failover.arbiter.ArbiterPolicy.Ruling;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;

/**
 * Answers by the in-sync record: reads it, rules on it, changes it by compare-and-swap.
 *
 * <p>Remembers the record as it was before a change whose use is not certain yet, for {@link
 * Question#WITHDRAW}. Only in memory: an agent that starts anew asks anew.
 */
public final class ArbiterDesk implements Desk {
  private static final int TRIES = 5;

  private final Arbiter arbiter;
  private InSyncRecord undo;
  private boolean settled = true;

  /** Over {@code arbiter}, which it closes with itself. */
  public ArbiterDesk(Arbiter arbiter) {
    this.arbiter = arbiter;
  }

  @Override
  public RoleInput ask(Question question, Claim claim) {
    if (settled && question != Question.WITHDRAW) {
      undo = null;
    }
    Arbiter.Reading reading = arbiter.read();
    if (reading instanceof Arbiter.Reading.Unknown unknown) {
      return new RoleInput.Unknown(unknown.reason());
    }
    InSyncRecord current = ((Arbiter.Reading.Current) reading).record();
    for (int i = 0; i < TRIES; i++) {
      Ruling ruling = ArbiterPolicy.rule(question, claim, current, undo);
      if (ruling instanceof Ruling.Refuse refuse) {
        settled = true;
        return new RoleInput.Refused(refuse.reason());
      } else if (ruling instanceof Ruling.Grant) {
        settled = settled || question != Question.PROBE;
        return new RoleInput.Granted(current.view());
      } else if (ruling instanceof Ruling.Swap swap) {
        if (undo == null) {
          undo = current;
        }
        Arbiter.Outcome outcome = arbiter.compareAndSwap(current, swap.wanted());
        if (outcome instanceof Arbiter.Outcome.Changed changed) {
          settled = true;
          return new RoleInput.Granted(changed.record().view());
        } else if (outcome instanceof Arbiter.Outcome.Unknown unknown) {
          settled = false;
          return new RoleInput.Unknown(unknown.reason());
        } else if (outcome instanceof Arbiter.Outcome.Conflict conflict) {
          current = conflict.current();
        }
      }
    }
    return new RoleInput.Unknown("the record changes all the time");
  }

  @Override
  public String describe() {
    return arbiter.describe();
  }

  @Override
  public void close() {
    arbiter.close();
  }
}
