package io.lockstep.agent.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.api.RemovalWish;
import io.lockstep.agent.peer.AgentPeer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two nodes without a network between them; what each does is written into one list. */
class ModuleRemovalTest {
  private static final RemovalWish PLAIN = new RemovalWish(false, false, false);

  private final List<String> done = new ArrayList<>();
  private final Side a = new Side("desk-a");
  private final Side b = new Side("desk-b");
  private final ModuleRemoval there = new ModuleRemoval(b, a);
  private final ModuleRemoval here = new ModuleRemoval(a, b);

  private final class Side implements ModuleRemoval.Node, AgentPeer {
    private final String name;
    private String hindrance;
    private boolean stopped;
    private boolean gone;
    private boolean broken;
    private Question lost;

    Side(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean manages(String module) {
      return !gone;
    }

    @Override
    public Optional<String> hindrance(String module) {
      return Optional.ofNullable(hindrance);
    }

    @Override
    public void stop(String module) {
      done.add(name + " stops");
      a.stopped = true;
      b.stopped = true;
    }

    @Override
    public boolean stopped(String module) {
      return stopped;
    }

    @Override
    public String giveUp(String module, boolean clean) throws IOException {
      if (broken) {
        throw new IOException("the journal could not be applied");
      }
      done.add(name + " gives up " + module + (clean ? " clean" : ""));
      gone = true;
      return "[/srv/desk].";
    }

    @Override
    public Answer ask(Question question, String text, Duration timeout)
        throws UnreachableException, InterruptedException {
      if (question == lost) {
        throw new UnreachableException(question == Question.REMOVE_MODULE, "the link broke");
      }
      return there.answer(question, text);
    }
  }

  @Test
  void itIsStoppedThenGivenUpThereThenHere() throws Exception {
    CommandResult result = here.remove("desk", new RemovalWish(false, true, false));
    assertThat(result.ok()).as(result.message()).isTrue();
    assertThat(done)
        .containsExactly(
            "desk-a stops", "desk-b gives up desk clean", "desk-a gives up desk clean");
    assertThat(result.message()).contains("desk-b: [/srv/desk].").contains("lockstep apply");
  }

  @Test
  void filesThatAreNotWholeOnEitherNodeStopItBeforeAnythingHappens() throws Exception {
    b.hindrance = "the copy is OUTDATED: its files are old or mixed";
    CommandResult result = here.remove("desk", PLAIN);
    assertThat(result.exitCode()).isEqualTo(CommandResult.REFUSED);
    assertThat(result.message()).contains("on desk-b the copy is OUTDATED").contains("--force");
    a.hindrance = "the module is SPLIT";
    assertThat(here.remove("desk", PLAIN).message()).contains("on desk-a the module is SPLIT");
    assertThat(done).isEmpty();
    assertThat(here.remove("desk", new RemovalWish(true, false, false)).ok()).isTrue();
  }

  @Test
  void withoutThePeerItIsRefusedUnlessOnlyThisNodeIsMeant() throws Exception {
    b.lost = AgentPeer.Question.CHECK_REMOVAL;
    CommandResult result = here.remove("desk", PLAIN);
    assertThat(result.exitCode()).isEqualTo(CommandResult.REFUSED);
    assertThat(result.message()).contains("--this-node");
    assertThat(done).isEmpty();
    assertThat(here.remove("desk", new RemovalWish(false, false, true)).ok()).isTrue();
    assertThat(done).containsExactly("desk-a stops", "desk-a gives up desk");
  }

  @Test
  void whatWasInterruptedGoesOn() throws Exception {
    b.lost = AgentPeer.Question.REMOVE_MODULE;
    CommandResult result = here.remove("desk", PLAIN);
    assertThat(result.exitCode()).isEqualTo(CommandResult.FAILED);
    assertThat(result.message()).contains("not known").contains("again");
    assertThat(a.gone).isFalse();
    b.gone = true;
    b.lost = null;
    assertThat(here.remove("desk", PLAIN).message())
        .contains("desk-b: it was removed there before");
    assertThat(a.gone).isTrue();
  }

  @Test
  void aNodeThatCannotKeepsTheOtherFromGivingUp() throws Exception {
    b.broken = true;
    CommandResult result = here.remove("desk", PLAIN);
    assertThat(result.exitCode()).isEqualTo(CommandResult.FAILED);
    assertThat(result.message()).contains("desk-b could not give the module up: the journal");
    assertThat(done).containsExactly("desk-a stops");
  }
}
