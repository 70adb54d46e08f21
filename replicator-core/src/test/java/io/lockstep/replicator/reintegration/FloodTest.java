package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.state.ChecksummedLog;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A peer that never comes to an end in a return: what it sends takes a bounded memory. */
@Timeout(60)
class FloodTest {
  private static final long MOST_BYTES = 1 << 20;
  private final SimStore store = new SimStore();

  private TargetNames names() throws IOException {
    return new TargetNames(store, path -> false, MOST_BYTES, () -> {});
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
            5_000,
            MOST_BYTES,
            0);
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
    SourceSession session =
        new SourceSession(new SystemExecution(), bytes -> {}, 5_000, Long.MAX_VALUE, 0);
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

  private static final int PART = 1024;

  /** A megabyte and more of elements of which none is the same as another. */
  private static Message.Touches touches(int part) {
    List<Touched> touched = new ArrayList<>();
    for (int i = 0; i < PART; i++) {
      touched.add(new Touched.Whole(new FileId(part, i), LONG));
    }
    return new Message.Touches(touched);
  }

  private static final TreePath LONG = TreePath.of(0, ("x".repeat(200) + "/").repeat(5) + "x");

  @Test
  void manyBytesOfAnswersWaitForWhoTakesThem() throws Exception {
    SourceSession session =
        new SourceSession(new SystemExecution(), bytes -> {}, 5_000, 4 << 20, 0);
    ByteBuffer answer = MessageCodec.encode(touches(1));
    AtomicInteger taken = new AtomicInteger();
    CompletableFuture<Void> peer =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (; taken.get() < 40; taken.incrementAndGet()) {
                  session.onMessage(answer.duplicate());
                }
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
    await().during(100, TimeUnit.MILLISECONDS).until(() -> taken.get() == 3);
    assertThat(peer).as("a fourth does not fit").isNotDone();
    for (int i = 0; i < 40; i++) {
      assertThat(session.next(Message.Touches.class).touched()).hasSize(PART);
    }
    peer.get(5, TimeUnit.SECONDS);
  }

  @Test
  void aTargetThatAnswersInsteadOfReceivingEndsTheSession() throws Exception {
    SourceSession session =
        new SourceSession(new SystemExecution(), bytes -> {}, 20_000, 4 << 20, 0);
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (true) {
                  session.send(touches(1));
                }
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
    ByteBuffer answer = MessageCodec.encode(touches(1));
    for (int i = 0; i < 40; i++) {
      session.onMessage(answer.duplicate());
    }
    assertThatThrownBy(() -> sender.get(5, TimeUnit.SECONDS))
        .hasMessageContaining("nobody asked for");
  }

  /** A source to whose hello a target answers with {@code parts}; it gets no further than that. */
  private DirtyTracker greeted(Path log, int parts) throws Exception {
    DirtyTracker tracker =
        DirtyTracker.open(
            new SystemExecution(),
            ChecksummedLog.open(new SystemExecution(), new SystemDisk(), log),
            store);
    tracker.begin(new DirtyBase(new UUID(1, 2), new Generation(1, 1), 10));
    ReintegrationSource[] source = new ReintegrationSource[1];
    BulkChannel channel =
        bytes -> {
          if (!(MessageCodec.decode(bytes[0].duplicate()) instanceof Message.Hello)) {
            throw new IOException("greeted");
          }
          CompletableFuture<Void> unused =
              CompletableFuture.runAsync(() -> welcome(source[0], parts));
        };
    source[0] =
        new ReintegrationSource(
            new SystemExecution(),
            store,
            tracker,
            new OpenGate(),
            channel,
            new Nobody(),
            ReintegrationSource.Options.of(new UUID(3, 4), ReintegrationMode.BY_MAP),
            new ReintegrationSource.Bounds(HEAP_BYTES, 0));
    assertThatThrownBy(() -> source[0].run()).hasMessageContaining("greeted");
    return tracker;
  }

  private static void welcome(ReintegrationSource source, int parts) {
    try {
      for (int part = 0; part < parts; part++) {
        source.onMessage(MessageCodec.encode(touches(part)));
      }
      source.onMessage(MessageCodec.encode(new Message.Welcome(new UUID(1, 2), new UUID(0, 0))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final long HEAP_BYTES = 64 << 20;

  @Test
  void moreThanFitsThatATargetTouchedMeansEverything(@TempDir Path home) throws Exception {
    try (DirtyTracker few = greeted(home.resolve("few"), 2)) {
      assertThat(few.map().everything()).isFalse();
      assertThat(few.map().size()).isEqualTo(2 * PART);
    }
    try (DirtyTracker many = greeted(home.resolve("many"), 12)) {
      assertThat(many.map().everything()).as("12 MB, of 8 MB that are there for it").isTrue();
      assertThat(many.map().size()).isZero();
    }
  }

  @Test
  void needsWithoutALastOneAreRefused() throws IOException {
    DirtyMap taken = new DirtyMap();
    SourceSession[] session = new SourceSession[1];
    List<Message.Need> needs = new ArrayList<>();
    for (int i = 0; i < PART; i++) {
      needs.add(new Message.Need(new FileId(1, i), FileKind.FILE, LONG));
    }
    ByteBuffer part = MessageCodec.encode(new Message.Needs(needs, false));
    session[0] =
        new SourceSession(
            new SystemExecution(),
            bytes -> {
              if (MessageCodec.decode(bytes[0].duplicate()) instanceof Message.NamesEnd) {
                for (int i = 0; i < 40; i++) {
                  session[0].onMessage(part.duplicate());
                }
              }
            },
            1_000,
            Long.MAX_VALUE,
            0);
    SourceTree tree = new SourceTree(store, path -> false, () -> 0L, path -> FileId.NONE);
    SourceRound round =
        new SourceRound(
            tree, session[0], taken, settled -> {}, noted -> {}, false, new PeerMemory(8 << 20));
    assertThatThrownBy(() -> round.send(1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs more at once");
  }

  /** Nobody writes. */
  private static final class OpenGate implements WriteGate {
    @Override
    public Hold hold() {
      return () -> {};
    }

    @Override
    public void limitBytesPerSecond(long bytesPerSecond) {}
  }

  /** A node that is asked for nothing before the first round. */
  private static final class Nobody implements ReintegrationSource.Events {
    @Override
    public void sync() {}

    @Override
    public FileId identityOf(TreePath path) {
      throw new AssertionError(path);
    }

    @Override
    public void dualStreamFrom() {
      throw new AssertionError("not yet");
    }

    @Override
    public void inSync() {
      throw new AssertionError("not yet");
    }
  }
}
