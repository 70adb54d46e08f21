package io.lockstep.agent.node;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.peer.AgentPeer;
import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.peer.AgentPeer.UnreachableException;
import io.lockstep.failover.role.RoleState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drills of a node's modules as the operator, the schedule and the peer order them: always held on
 * the secondary, whose results both nodes keep. Any thread.
 */
final class DrillDesk {
  private static final Logger LOG = LoggerFactory.getLogger(DrillDesk.class);
  private static final Duration ASKING = Duration.ofSeconds(15);
  private static final long LOOK_MS = 1_000;

  private final NodeRuntime node;

  DrillDesk(NodeRuntime node) {
    this.node = node;
  }

  /** Looks every second whether a drill is due, until {@code ended}; on a thread of its own. */
  void start(CountDownLatch ended) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!ended.await(LOOK_MS, TimeUnit.MILLISECONDS)) {
                  node.modules().stream()
                      .filter(m -> !m.context().module().drill().every().isZero())
                      .forEach(m -> m.drill().look());
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "drills");
    thread.setDaemon(true);
    thread.start();
  }

  private Optional<ModuleRuntime> find(String module) {
    return node.modules().stream().filter(m -> m.context().name().equals(module)).findFirst();
  }

  /** An order given here; the peer is asked where it is the secondary. */
  CommandResult order(ModuleRuntime module, String who) {
    RoleState state = module.state();
    String name = module.context().name();
    if (!state.role().serves()) {
      return begun(module, who);
    }
    try {
      Answer answer = node.peer().ask(Question.DRILL, name, ASKING);
      return answer.ok() ? CommandResult.ok(answer.text()) : CommandResult.refused(answer.text());
    } catch (UnreachableException e) {
      return e.asked()
          ? CommandResult.failed(e.getMessage() + ": look at the status whether it has begun")
          : CommandResult.refused(
              "A drill is held on the secondary, and "
                  + e.getMessage()
                  + ": nothing can be rehearsed.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandResult.failed("interrupted; look at the status whether it has begun");
    }
  }

  private static CommandResult begun(ModuleRuntime module, String who) {
    String refusal = module.drill().order(who);
    String what = "drill of module " + module.context().name() + " on " + module.context().node();
    return refusal.isEmpty()
        ? CommandResult.ok("The " + what + " has begun.")
        : CommandResult.refused("No " + what + ": " + refusal + ".");
  }

  /** The peer orders a drill, or tells of one. */
  Answer answer(Question question, String text) {
    String name = text.lines().findFirst().orElse("");
    ModuleRuntime module = find(name).orElse(null);
    if (module == null) {
      return new Answer(false, "there is no module '" + name + "' on " + node.node());
    }
    if (question == Question.DRILL) {
      CommandResult result = begun(module, "an operator at " + module.context().peer());
      return new Answer(result.ok(), result.message());
    }
    boolean kept = module.peerDrill(text.substring(Math.min(text.length(), name.length() + 1)));
    return new Answer(kept, kept ? "" : "that is no drill");
  }

  /** Tells the peer what came of a drill here; one that cannot be told knows less. */
  void tell(String module, String line) {
    AgentPeer peer = node.peer();
    try {
      if (peer != null) {
        Answer answer = peer.ask(Question.DRILL_ENDED, module + "\n" + line, ASKING);
        if (!answer.ok()) {
          LOG.info("Module {}: the peer does not keep the drill: {}", module, answer.text());
        }
      }
    } catch (UnreachableException e) {
      LOG.info("Module {}: the peer is not told of the drill: {}", module, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
