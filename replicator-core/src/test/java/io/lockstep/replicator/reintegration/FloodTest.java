package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that never comes to an end in a return: what it sends takes a bounded memory. */
@Timeout(60)
class FloodTest {
  private static final long MOST_BYTES = 1 << 20;
  private final SimStore store = new SimStore();

  private TargetNames names() throws IOException {
    return new TargetNames(store, path -> false, MOST_BYTES);
  }

  private static Message.Directory part(long id, boolean last) {
    List<Message.NameState> states = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      states.add(new Message.NameState(new byte[200], FileKind.FILE, new FileId(1, i), true));
    }
    return new Message.Directory(new FileId(2, id), TreePath.of(0, "away"), true, last, states);
  }

  @Test
  void partsOfADirectoryWithoutALastOneAreRefused() throws IOException {
    TargetNames names = names();
    assertRefused(i -> names.directory(part(1, false)));
  }

  @Test
  void statesOfDirectoriesThatAreNowhereAreRefused() throws IOException {
    TargetNames names = names();
    assertRefused(i -> names.directory(part(i, true)));
  }

  @Test
  void hintsWithoutEndAreRefused() throws IOException {
    TargetNames names = names();
    assertRefused(
        i -> names.hint(new Message.Hint(new FileId(1, i), List.of(TreePath.of(0, "a/b")))));
  }

  @Test
  void aNewRoundMayTellAsMuchAgain() throws IOException {
    TargetNames names = names();
    for (int round = 0; round < 100; round++) {
      names.round();
      for (int i = 0; i < 20; i++) {
        names.directory(part(1, false));
      }
    }
  }

  private interface Sent {
    void send(int number) throws IOException;
  }

  private static void assertRefused(Sent sent) {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                sent.send(i);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more names at once");
  }

  /** A session whose target answers what it is told to; the answers are there before they count. */
  private SourceFiles asked(SourceSession[] session, List<Message> answers) {
    session[0] =
        new SourceSession(
            new SystemExecution(),
            bytes -> {
              Message sent = MessageCodec.decode(bytes[0].duplicate());
              if (sent instanceof Message.BatchEnd end) {
                for (Message answer : answers) {
                  session[0].onMessage(MessageCodec.encode(answer));
                }
                session[0].onMessage(MessageCodec.encode(new Message.BatchAnswer(end.number())));
              }
            },
            5_000);
    SourceTree tree = new SourceTree(store, path -> false, () -> 0L, path -> FileId.NONE);
    return new SourceFiles(tree, session[0], settled -> {});
  }

  @Test
  void differencesThatNobodyAskedAboutAreRefused() {
    SourceSession[] session = new SourceSession[1];
    SourceFiles files =
        asked(
            session,
            List.of(new Message.Differs(new FileId(1, 1), 4096, false, List.of(0L, 4096L))));
    assertThatThrownBy(files::settle)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("than it was asked about");
  }

  @Test
  void answersThatNobodyWaitsForEndTheSession() throws IOException {
    SourceSession session = new SourceSession(new SystemExecution(), bytes -> {}, 5_000);
    ByteBuffer answer = MessageCodec.encode(new Message.Welcome(new UUID(1, 2), new UUID(3, 4)));
    for (int i = 0; i < 100_000; i++) {
      session.onMessage(answer);
    }
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                assertThat(session.next()).isNotNull();
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nobody asked for");
  }
}
