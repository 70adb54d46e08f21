package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.split.Divergence;
import io.lockstep.agent.split.QuarantineShelf;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.state.NodeRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The quarantine of this node's branch, when an operator or the policy has decided a split against
 * it. The branch is known by its generation, which stays the same until the peer's history is this
 * node's: so a quarantine that is whole is never made a second time from files of which some are
 * the peer's already.
 */
final class Quarantining {
  /** Where a module's quarantines are, below its state. */
  static final String DIRECTORY = "quarantine";

  private static final Logger LOG = LoggerFactory.getLogger(Quarantining.class);

  private final ModuleContext context;
  private final ModuleData data;
  private final QuarantineShelf shelf;

  Quarantining(ModuleContext context, ModuleData data) {
    this.context = context;
    this.data = data;
    this.shelf =
        new QuarantineShelf(context.host().disk(), context.stateDirectory().resolve(DIRECTORY));
  }

  QuarantineShelf shelf() {
    return shelf;
  }

  /** Whether this branch yields and its versions are not in quarantine yet. */
  boolean missing() throws IOException {
    return yields() && !data.tracker.isEmpty() && shelf.of(data.record().generation()).isEmpty();
  }

  /** Whether a decided split goes against this node's branch. */
  boolean yields() {
    return data.record().notes().containsKey(Persistence.YIELDS_TO);
  }

  /**
   * Makes it, if it is missing; durable on return. Effects thread.
   *
   * @param changes what this branch touched
   * @return the new directory
   * @throws IOException also where it does not fit: nothing may replace these files then
   */
  Optional<Path> make(List<Touched> changes, BooleanSupplier wanted) throws IOException {
    expire();
    if (!missing()) {
      return Optional.empty();
    }
    NodeRecord record = data.record();
    ClusterConfiguration.Quarantine configured = context.cluster().split().quarantine();
    QuarantineShelf.Branch branch =
        new QuarantineShelf.Branch(
            context.name(),
            context.node(),
            record.generation(),
            Generation.of(UUID.fromString(record.notes().get(Persistence.YIELDS_TO))),
            record.aloneSinceMs(),
            Divergence.of(data.store, changes, data::mayHaveNamed));
    return Optional.of(
        shelf.make(
            data.store,
            branch,
            configured.quota(),
            context.cluster().journal().reserve(),
            now(),
            wanted));
  }

  /** Deletes those that are old enough. */
  void expire() throws IOException {
    Generation needed = yields() ? data.record().generation() : Generation.NONE;
    for (String id :
        shelf.expire(context.cluster().split().quarantine().retention(), now(), needed)) {
      LOG.info("Module {}: quarantine {} is deleted: its retention is over", context.name(), id);
    }
  }

  /**
   * Deletes one for good, unless this node's return still needs it.
   *
   * @return whether there was such a one
   */
  boolean discard(String id) throws IOException {
    boolean needed =
        yields() && shelf.of(data.record().generation()).filter(at -> at.endsWith(id)).isPresent();
    return !needed && shelf.discard(id);
  }

  private Instant now() {
    return Instant.ofEpochMilli(context.host().wallTimeMs());
  }
}
