package io.lockstep.failover.arbiter;

import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;

/**
 * Where a module's role machine brings its questions, whatever answers them. One thread at a time;
 * every answer is bounded by timeouts of what is behind it.
 */
public interface Desk extends AutoCloseable {
  /** Granted, Refused or Unknown. */
  RoleInput ask(Question question, Claim claim);

  /** What is behind it, for status and messages. */
  String describe();

  @Override
  void close();
}
