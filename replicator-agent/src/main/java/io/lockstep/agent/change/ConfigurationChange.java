package io.lockstep.agent.change;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.ConfigurationDifference;
import io.lockstep.agent.configuration.ConfigurationDifference.Change;
import io.lockstep.agent.configuration.ConfigurationException;
import io.lockstep.agent.peer.AgentPeer;
import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.peer.AgentPeer.UnreachableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a new configuration to both nodes or to none: each checks it against its own machine and
 * keeps it ready on stable storage; then the peer takes it, then this node.
 *
 * <p>The one interleaving that leaves the nodes apart is the end of a node, or of the link, between
 * both takings. It harms nothing: each goes on under a whole configuration, the times are the more
 * patient of old and new until both know that they agree, and at their next contact each tells the
 * operator that the configurations differ. Applying the right file again mends it.
 */
public final class ConfigurationChange {
  /** The node that the change is made to. */
  public interface Node {
    /** Its name. */
    String name();

    /** What its file says now. */
    ClusterConfiguration agreed();

    /** What is wrong with a configuration on this machine; nothing changes by it. */
    List<String> check(ClusterConfiguration next);

    /**
     * Goes by it as far as a running node can, with times that fit the old one too. Returns what
     * could not be done, for the operator; empty if all is well.
     */
    List<String> take(ClusterConfiguration next);

    /** The peer has it too: its own times alone count from now on. */
    void settle();
  }

  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationChange.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Node node;
  private final AgentPeer peer;
  private final ConfigurationFile file;
  private final ReentrantLock changing = new ReentrantLock();
  private ClusterConfiguration ready;

  /** A leftover of a change that was never decided is removed. */
  public ConfigurationChange(Node node, AgentPeer peer, Path file) throws IOException {
    this.node = node;
    this.peer = peer;
    this.file = new ConfigurationFile(file, node.name());
    if (this.file.discard()) {
      LOG.warn(
          "A configuration change was under way when this agent ended and was not taken over here;"
              + " if the peer took it, the nodes say so when they meet");
    }
  }

  /**
   * Applies a file on both nodes.
   *
   * @param dryRun only checks and compares
   */
  public CommandResult apply(String yaml, boolean dryRun) throws InterruptedException {
    if (!changing.tryLock()) {
      return CommandResult.refused("another change of the configuration is under way; wait for it");
    }
    try {
      return change(yaml, dryRun);
    } catch (ConfigurationException e) {
      return CommandResult.usage(e.getMessage());
    } finally {
      changing.unlock();
    }
  }

  private CommandResult change(String yaml, boolean dryRun)
      throws ConfigurationException, InterruptedException {
    ClusterConfiguration next = ClusterConfiguration.parse("the new configuration", yaml);
    ConfigurationDifference difference = ConfigurationDifference.between(node.agreed(), next);
    List<String> problems = problems(next);
    String shown = Wording.shown(difference);
    try {
      Answer checked = peer.ask(Question.PREPARE_CONFIGURATION, yaml, PATIENCE);
      if (!problems.isEmpty() || !checked.ok()) {
        discardThere();
        return CommandResult.usage(
            shown + Wording.refused(node.name(), problems, peer.name(), checked));
      }
      if (dryRun) {
        discardThere();
        return CommandResult.ok(shown + "Both nodes accept it. Nothing was changed.");
      }
      return both(next, yaml, difference, shown);
    } catch (UnreachableException e) {
      return CommandResult.refused(
          shown
              + (problems.isEmpty() ? "" : Wording.list(node.name(), problems))
              + "Nothing has changed: "
              + e.getMessage()
              + ", and a configuration is only changed on both nodes together. Bring it back, then"
              + " apply again.");
    }
  }

  private List<String> problems(ClusterConfiguration next) {
    List<String> identity = Identity.problems(node.agreed(), next);
    return identity.isEmpty() ? node.check(next) : identity;
  }

  private void discardThere() throws InterruptedException {
    try {
      peer.ask(Question.DISCARD_CONFIGURATION, "", PATIENCE);
    } catch (UnreachableException e) {
      LOG.debug("the peer forgets what it keeps ready when it is asked again", e);
    }
  }

  /** Both have accepted it. */
  private CommandResult both(
      ClusterConfiguration next, String yaml, ConfigurationDifference difference, String shown)
      throws InterruptedException {
    String hash = next.hash();
    Answer there;
    try {
      file.prepare(yaml);
      there = peer.ask(Question.COMMIT_CONFIGURATION, hash, PATIENCE);
      if (!there.ok()) {
        file.discard();
        return CommandResult.failed(
            shown + "Nothing has changed: " + peer.name() + " could not take it: " + there.text());
      }
    } catch (IOException e) {
      discardThere();
      return CommandResult.failed(
          shown + "Nothing has changed: " + file.path() + " cannot be written here: " + e);
    } catch (UnreachableException e) {
      return undecided(shown, e);
    }
    List<String> left;
    try {
      file.commit();
      left = node.take(next);
    } catch (IOException e) {
      return CommandResult.failed(
          shown + Wording.halfDone(peer.name(), file.path(), String.valueOf(e.getMessage())));
    }
    settle(hash);
    String text = Wording.done(difference, node.name(), file.path(), peer.name(), there.text());
    return left.isEmpty()
        ? CommandResult.ok(shown + text)
        : CommandResult.failed(shown + text + "\n" + String.join("\n", left));
  }

  private CommandResult undecided(String shown, UnreachableException e) {
    try {
      file.discard();
    } catch (IOException ignored) {
      LOG.debug("removed at the next start", ignored);
    }
    return CommandResult.failed(
        shown
            + (e.asked()
                ? "This node keeps the old configuration; "
                    + peer.name()
                    + " may have the new one ("
                    + e.getMessage()
                    + "). When they meet again `lockstep status` says whether they differ; if so, apply"
                    + " the right file again."
                : "Nothing has changed: " + e.getMessage() + "."));
  }

  private void settle(String hash) throws InterruptedException {
    try {
      peer.ask(Question.SETTLE_CONFIGURATION, hash, PATIENCE);
    } catch (UnreachableException e) {
      LOG.info("The peer learns at the next contact that both have the new configuration");
    }
    node.settle();
  }

  /** The peer turns out to have the same configuration, as after a link that broke in between. */
  public void agreeing() {
    node.settle();
  }

  /** The peer's side of it. */
  public Answer answer(Question question, String text) throws InterruptedException {
    if (!changing.tryLock()) {
      return new Answer(false, "a change of the configuration is under way from that side");
    }
    try {
      return switch (question) {
        case PREPARE_CONFIGURATION -> prepare(text);
        case COMMIT_CONFIGURATION -> commit(text);
        case DISCARD_CONFIGURATION -> discard();
        case SETTLE_CONFIGURATION -> settled(text);
        case CHECK_REMOVAL,
            REMOVE_MODULE,
            SPLIT_SIDE,
            SPLIT_CONTENT,
            QUARANTINES,
            DRILL,
            DRILL_ENDED ->
            throw new IllegalArgumentException(question + " is not about the configuration");
      };
    } catch (IOException e) {
      return new Answer(false, file.path() + " cannot be written: " + e);
    } finally {
      changing.unlock();
    }
  }

  private Answer prepare(String yaml) throws IOException {
    ready = null;
    ClusterConfiguration next;
    try {
      next = ClusterConfiguration.parse("the new configuration", yaml);
    } catch (ConfigurationException e) {
      return new Answer(false, e.getMessage());
    }
    List<String> problems = problems(next);
    if (!problems.isEmpty()) {
      return new Answer(false, String.join("\n", problems));
    }
    file.prepare(yaml);
    ready = next;
    return new Answer(true, "");
  }

  private Answer commit(String hash) throws IOException {
    ClusterConfiguration next = ready;
    if (next == null || !next.hash().equals(hash)) {
      return new Answer(false, "it keeps no configuration of that hash ready");
    }
    ready = null;
    file.commit();
    List<String> left = node.take(next);
    return new Answer(true, String.join("\n", left));
  }

  private Answer discard() throws IOException {
    ready = null;
    file.discard();
    return new Answer(true, "");
  }

  private Answer settled(String hash) {
    if (!node.agreed().hash().equals(hash)) {
      return new Answer(false, "this node has another configuration");
    }
    node.settle();
    return new Answer(true, "");
  }

  /** What changed, key by key. */
  static List<Change> restarts(ConfigurationDifference difference) {
    return difference.changes().stream().filter(change -> !change.live()).toList();
  }
}
