package io.lockstep.agent.change;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.api.RemovalWish;
import io.lockstep.agent.peer.AgentPeer;
import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.peer.AgentPeer.UnreachableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the protection of a module on both nodes and leaves plain files: first both say whether
 * their files would be whole, then the module is stopped, then the peer gives it up, then this
 * node.
 *
 * <p>A removal that is interrupted leaves a stopped module on one node; the same command goes on
 * with it, since a node that has given it up says so.
 */
public final class ModuleRemoval {
  /** The node that gives the module up. */
  public interface Node {
    /** Its name. */
    String name();

    /** Whether it manages the module. */
    boolean manages(String module);

    /** Why its files would not be plain and whole; empty if nothing speaks against it. */
    Optional<String> hindrance(String module);

    /** Begins to stop the module on both nodes. */
    void stop(String module);

    /** Whether it is stopped here, or not managed. */
    boolean stopped(String module);

    /**
     * Gives up the stopped module: everything received is in its files, nothing covers them, its
     * state is gone, and the next start passes it over.
     *
     * @return what was done, for the operator
     * @throws IOException what could not be; asked again it goes on
     */
    String giveUp(String module, boolean clean) throws IOException, InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ModuleRemoval.class);
  private static final Duration STOPPING = Duration.ofSeconds(90);
  private static final long LOOK_NS = 50_000_000;
  private static final Duration ASKING = Duration.ofSeconds(20);
  private static final Duration GIVING_UP = Duration.ofMinutes(10);

  private final Node node;
  private final AgentPeer peer;

  /** Between this node and its peer. */
  public ModuleRemoval(Node node, AgentPeer peer) {
    this.node = node;
    this.peer = peer;
  }

  /** Removes the module; how it ended, for the operator. */
  public CommandResult remove(String module, RemovalWish wish) throws InterruptedException {
    Optional<String> here = wish.force() ? Optional.empty() : node.hindrance(module);
    if (here.isPresent()) {
      return refused(node.name(), here.get());
    }
    String there = "";
    try {
      if (!wish.thisNode()) {
        Answer may = peer.ask(Question.CHECK_REMOVAL, text(module, wish), ASKING);
        if (!may.ok()) {
          return refused(peer.name(), may.text());
        }
      }
      if (!stopped(module)) {
        return CommandResult.failed(
            "The module does not stop within "
                + STOPPING.toSeconds()
                + " s (`lockstep status`, `lockstep log`); nothing was removed. Try again once it"
                + " is STOPPED.");
      }
      if (!wish.thisNode()) {
        Answer gone = peer.ask(Question.REMOVE_MODULE, text(module, wish), GIVING_UP);
        if (!gone.ok()) {
          return CommandResult.failed(
              peer.name()
                  + " could not give the module up: "
                  + gone.text()
                  + "\nIt is stopped, and nothing was removed on "
                  + node.name()
                  + ". Mend that, then remove it again.");
        }
        there = "\n" + peer.name() + ": " + gone.text();
      }
    } catch (UnreachableException e) {
      return unreachable(module, e);
    }
    try {
      String done = node.giveUp(module, wish.clean());
      return CommandResult.ok(
          "Module "
              + module
              + " is removed; its files are ordinary files.\n"
              + node.name()
              + ": "
              + done
              + there
              + "\n"
              + "Take it out of the configuration (`lockstep apply`) before these agents restart"
              + " the next time, or they pass it over.");
    } catch (IOException e) {
      return CommandResult.failed(
          node.name() + " could not give the module up: " + e.getMessage() + there);
    }
  }

  private boolean stopped(String module) throws InterruptedException {
    if (!node.stopped(module)) {
      node.stop(module);
    }
    long endNs = System.nanoTime() + STOPPING.toNanos();
    while (!node.stopped(module)) {
      if (System.nanoTime() - endNs > 0) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(LOOK_NS);
    }
    return true;
  }

  private static CommandResult refused(String where, String why) {
    return CommandResult.refused(
        "Nothing was removed: on "
            + where
            + " "
            + why
            + ". (--force removes it all the same: you then decide which files to keep.)");
  }

  private CommandResult unreachable(String module, UnreachableException e) {
    LOG.warn("Module {} is not removed: {}", module, e.getMessage());
    return e.asked()
        ? CommandResult.failed(
            e.getMessage()
                + ". What "
                + peer.name()
                + " did is not known; here nothing was removed. Remove the module again when it is"
                + " back: that goes on where this ended.")
        : CommandResult.refused(
            "Nothing was removed: "
                + e.getMessage()
                + ". A module is removed on both nodes together; if the other one is lost for good,"
                + " --this-node removes it here alone.");
  }

  private static String text(String module, RemovalWish wish) {
    return module + "\n" + wish.force() + "\n" + wish.clean();
  }

  /** The peer's side of it. */
  public Answer answer(Question question, String text) throws InterruptedException {
    String[] words = text.split("\n", -1);
    if (words.length != 3) {
      return new Answer(false, "this question is not understood");
    }
    String module = words[0];
    RemovalWish wish =
        new RemovalWish(Boolean.parseBoolean(words[1]), Boolean.parseBoolean(words[2]), false);
    if (!node.manages(module)) {
      return new Answer(true, "it was removed there before.");
    }
    if (question == Question.CHECK_REMOVAL) {
      Optional<String> why = wish.force() ? Optional.empty() : node.hindrance(module);
      return new Answer(why.isEmpty(), why.orElse(""));
    }
    if (!stopped(module)) {
      return new Answer(false, "the module does not stop there");
    }
    try {
      return new Answer(true, node.giveUp(module, wish.clean()));
    } catch (IOException e) {
      return new Answer(false, e.getMessage());
    }
  }
}
