package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.HiddenName;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.testkit.MemoryJournal;
import io.lockstep.replicator.testkit.MemoryLink;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import io.lockstep.replicator.volume.ReplicatedVolume;
import io.lockstep.replicator.volume.TreeNode;
import io.lockstep.replicator.volume.Volume;
import io.lockstep.replicator.volume.VolumeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Both ends of the stream with a volume in front: what an application is told, and what the peer
 * then holds.
 */
class ReplicationPairTest {
  private static final Generation FIRST = new Generation(1, 1);
  private static final Generation SECOND = new Generation(2, 2);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SimStore primaryStore = new SimStore();
  private final SimStore secondaryStore = new SimStore();
  private final MemoryJournal journal = new MemoryJournal();
  private final List<Operation> tracked = Collections.synchronizedList(new ArrayList<>());
  private final List<Operation> trackedAsSent = Collections.synchronizedList(new ArrayList<>());
  private final List<Operation> withoutEffect = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger untrackable = new AtomicInteger();
  private volatile Runnable whenTracked = () -> {};
  private final AtomicReference<String> copyFailed = new AtomicReference<>();
  private final MemoryLink[] link = MemoryLink.pair();
  private PrimaryStream primary;
  private SecondaryStream secondary;
  private ReplicatedVolume volume;

  @BeforeEach
  void pairInSync() throws IOException {
    primary =
        new PrimaryStream(
            new SystemExecution(),
            link[0],
            0,
            new PrimaryStream.Limits(64 << 20, 64 << 20),
            tracker());
    volume =
        new ReplicatedVolume(
            new SystemExecution(), primaryStore, primary, 9, path -> false, copyFailed::set);
    startSecondary();
    link[0].receiver(
        receiver(
            (epoch, type, payload) -> {
              if (type == StreamMessages.ACK) {
                primary.acknowledged(epoch, StreamMessages.Ack.decode(payload));
              }
            },
            () -> {}));
    primary.openAlone(FIRST, 0);
    primary.beginDual(1);
    primary.commitDual();
  }

  private void startSecondary() throws IOException {
    secondary =
        new SecondaryStream(
            new SystemExecution(),
            link[1],
            0,
            journal,
            secondaryStore,
            0,
            new SecondaryStream.Timing(50, 3_600_000),
            64 << 20,
            listener());
    secondary.recover();
    secondary.setApplying(true);
    SecondaryStream started = secondary;
    link[1].receiver(
        receiver(
            (epoch, type, payload) -> {
              if (type == StreamMessages.FOLLOW) {
                StreamMessages.Mark mark = StreamMessages.Mark.decode(payload);
                started.follow(mark.generation(), mark.sequence(), epoch);
              } else {
                started.frame(epoch, type, payload);
              }
            },
            started::batchEnd));
  }

  @AfterEach
  void close() {
    primary.close("the test is over");
    secondary.close();
    link[0].close();
    link[1].close();
  }

  private AloneTracker tracker() {
    return new AloneTracker() {
      @Override
      public void track(Operation operation, boolean sent) throws IOException {
        if (untrackable.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          throw new IOException("the disk is full");
        }
        whenTracked.run();
        tracked.add(operation);
        if (sent) {
          trackedAsSent.add(operation);
        }
      }

      @Override
      public void settled(Operation operation) {}

      @Override
      public void failed(Operation operation) {
        withoutEffect.add(operation);
      }
    };
  }

  private SecondaryStream.Listener listener() {
    return new SecondaryStream.Listener() {
      @Override
      public void copyFailed(String reason) {
        copyFailed.set(reason);
      }

      @Override
      public void checkpointed(long sequence, long journalDurable) {}

      @Override
      public void peerCheckpoint(long sequence) {}

      @Override
      public void applied(long sequence, Operation operation) {}
    };
  }

  private interface Frames {
    void frame(long epoch, byte type, ByteBuffer payload) throws IOException;
  }

  private static MemoryLink.Receiver receiver(Frames frames, Runnable batchEnd) {
    return new MemoryLink.Receiver() {
      @Override
      public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
        try {
          frames.frame(epoch, type, payload);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }

      @Override
      public void batchEnd(long epoch, Link.Lane lane) {
        batchEnd.run();
      }
    };
  }

  @Test
  void aNewFileIsOpenedByNobodyBetweenItsCreationAndItsFirstWrite() throws Exception {
    List<SimStore.Call> asked = new CopyOnWriteArrayList<>();
    SimStore.Hook hook =
        (call, path) -> {
          if (call == SimStore.Call.OPEN || call == SimStore.Call.IDENTITY) {
            asked.add(call);
          }
        };
    VolumeFile first = file("first");
    write(first, "identified", 0, Volume.Durability.RECEIVED);
    awaitApplied();
    primaryStore.hook(hook);
    secondaryStore.hook(hook);

    write(file("second"), "written", 0, Volume.Durability.RECEIVED);

    awaitApplied();
    // what a store in memory opens for its creation, once on each node
    assertThat(asked).containsExactly(SimStore.Call.OPEN, SimStore.Call.OPEN);
  }

  @Test
  void theCapabilitiesOfANewFileAreAskedOfTheStoreOnlyAfterSomebodySetAnAttribute()
      throws Exception {
    TreeNode node = file("program").node();
    byte[] name = "security.capability".getBytes(StandardCharsets.UTF_8);
    AtomicInteger asked = new AtomicInteger();
    primaryStore.hook(
        (call, path) -> {
          if (call == SimStore.Call.XATTR) {
            asked.incrementAndGet();
          }
        });

    assertThatThrownBy(() -> volume.xattr(node, name))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NO_ATTRIBUTE));
    assertThat(asked).hasValue(0);

    volume.setXattr(node, name, new byte[] {1}, Volume.XattrMode.ANY);
    assertThat(volume.xattr(node, name)).containsExactly(1);
  }

  private VolumeFile file(String name) throws StoreException {
    return volume
        .createAndOpen(
            volume.root(0),
            name.getBytes(StandardCharsets.UTF_8),
            NewFile.file(0644, 0, 0),
            FileStore.Access.READ_WRITE)
        .file();
  }

  private void write(VolumeFile file, String text, long offset, Volume.Durability durability)
      throws StoreException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer data = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    volume.write(file, data, offset, durability);
  }

  private CompletableFuture<Void> writing(VolumeFile file, String text) {
    return writing(file, text, Volume.Durability.RECEIVED);
  }

  private CompletableFuture<Void> writing(
      VolumeFile file, String text, Volume.Durability durability) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            write(file, text, 0, durability);
          } catch (StoreException e) {
            throw new CompletionException(e);
          }
        });
  }

  private void awaitApplied() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(secondary.progress().applied()).isEqualTo(primary.progress().last()));
  }

  private void assertTreesEqual() throws IOException {
    awaitApplied();
    assertThat(TreeDigest.of(secondaryStore).differences(TreeDigest.of(primaryStore))).isEmpty();
  }

  @Test
  void whatReturnedIsInTheJournalAndBothTreesBecomeEqual() throws IOException {
    VolumeWorkload workload = new VolumeWorkload(volume, 42);
    for (int i = 0; i < 400; i++) {
      workload.run(1);
      assertThat(journal.lastSequence())
          .as("journaled before the modification returned")
          .isEqualTo(primary.progress().last());
    }
    assertThat(workload.succeeded).isGreaterThan(50);
    assertTreesEqual();
    assertThat(copyFailed.get()).isNull();
  }

  /**
   * The fsync of a directory finds it by its path: what moves the path must not look like a disk.
   */
  @Test
  void aDirectoryThatMovesOrGoesWhileItIsForcedIsNoFailedCopy() throws Exception {
    TreeNode root = volume.root(0);
    TreeNode moving = volume.create(root, name("d"), NewFile.directory(0755, 0, 0)).node();
    TreeNode going = volume.create(root, name("e"), NewFile.directory(0755, 0, 0)).node();
    meanwhile(() -> volume.rename(root, name("d"), root, name("x"), Volume.RenameMode.REPLACE));
    volume.syncDirectory(moving);
    meanwhile(() -> volume.remove(root, name("e"), true));
    volume.syncDirectory(going);
    await().atMost(PATIENCE).until(() -> primaryStore.list(TreePath.root(0), false).size() == 1);
    assertThat(copyFailed.get()).isNull();
    assertTreesEqual();
  }

  private interface Change {
    void make() throws StoreException;
  }

  /** Makes the change on a thread of its own when a directory is about to be forced, once. */
  private void meanwhile(Change change) {
    AtomicBoolean begun = new AtomicBoolean();
    primaryStore.hook(
        (call, path) -> {
          if (call == SimStore.Call.SYNC_DIRECTORY && begun.compareAndSet(false, true)) {
            CompletableFuture<Void> made =
                CompletableFuture.runAsync(
                    () -> {
                      try {
                        change.make();
                      } catch (StoreException e) {
                        throw new CompletionException(e);
                      }
                    });
            try {
              made.get(300, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
              // it waits for the force, as it may
            } catch (InterruptedException | ExecutionException e) {
              throw new AssertionError(e);
            }
          }
        });
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aHeldTreeStaysAsItIsWhileEverythingIsAcknowledged() throws Exception {
    VolumeFile file = file("f");
    write(file, "before", 0, Volume.Durability.RECEIVED);
    assertThat(secondary.awaitApplied(20_000)).isTrue();
    assertThat(secondary.hold()).isTrue();
    long held = secondary.progress().applied();
    for (int i = 0; i < 50; i++) {
      write(file, "during", 6L * i, Volume.Durability.ALL);
    }
    assertThat(journal.lastSequence()).isEqualTo(primary.progress().last());
    assertThat(secondary.progress().applied()).isEqualTo(held);
    assertThat(secondaryStore.status(TreePath.of(0, "f")).sizeBytes()).isEqualTo(6);
    assertThat(secondary.awaitApplied(100)).as("nothing goes on by itself").isFalse();
    secondary.release();
    assertTreesEqual();
  }

  @Test
  void aTakeoverWaitsForNobodyWhoHoldsTheTree() throws Exception {
    VolumeFile file = file("f");
    assertThat(secondary.awaitApplied(20_000) && secondary.hold()).isTrue();
    assertThat(secondary.holds()).isTrue();
    write(file, "during", 0, Volume.Durability.RECEIVED);
    secondary.fence();
    assertThat(secondary.drain(20_000)).isTrue();
    assertThat(secondary.holds()).as("whoever held can see that it is over").isFalse();
    assertThat(secondaryStore.status(TreePath.of(0, "f")).sizeBytes()).isEqualTo(6);
  }

  @Test
  void nothingReturnsBeforeThePeerHasIt() throws Exception {
    VolumeFile file = file("f");
    link[0].setDeaf(true);
    CompletableFuture<Void> write = writing(file, "unheard");
    await().pollDelay(Duration.ofMillis(200)).atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    assertThat(write).isNotDone();
    assertThat(primaryStore.status(TreePath.of(0, "f")).sizeBytes())
        .as("remote before local")
        .isZero();
    assertThat(tracked).isEmpty();
  }

  @Test
  void aWriteThatWaitsIsTrackedBeforeItIsReleasedAlone() throws Exception {
    VolumeFile file = file("f");
    link[0].cut();
    primary.detach();
    CompletableFuture<Void> write = writing(file, "alone");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    assertThat(primary.unconfirmed()).extracting(Operation::path).contains(TreePath.of(0, "f"));
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
    assertThat(tracked).extracting(Operation::path).contains(TreePath.of(0, "f"));
    assertThat(primaryStore.status(TreePath.of(0, "f")).sizeBytes()).isEqualTo(5);
  }

  @Test
  void whatWasToGoToThePeerIsTrackedAsIfItHadIt() throws Exception {
    VolumeFile file = file("f");
    link[0].cut();
    primary.detach();
    CompletableFuture<Void> write = writing(file, "sent");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
    assertThat(trackedAsSent).hasSize(1);
    write(file, "never sent", 0, Volume.Durability.RECEIVED);
    assertThat(trackedAsSent).hasSize(1);
    assertThat(tracked).hasSize(2);
    primary.beginDual(1);
    CompletableFuture<Void> dual = writing(file, "in both");
    await().atMost(PATIENCE).until(() -> trackedAsSent.size() == 2);
    primary.goAlone(SECOND);
    dual.get(20, TimeUnit.SECONDS);
  }

  /**
   * What this node did is counted up to its last completed operation: a gap would hide the rest.
   */
  @Test
  void whatCannotBeTrackedAloneHidesNothingOfWhatFollows() throws Exception {
    VolumeFile file = file("f");
    primary.goAlone(SECOND);
    untrackable.set(1);
    assertThatThrownBy(() -> write(file, "refused", 0, Volume.Durability.RECEIVED))
        .isInstanceOf(StoreException.class);
    write(file, "kept", 0, Volume.Durability.RECEIVED);
    assertThat(primary.completedSequence()).isEqualTo(primary.progress().last());
    assertThat(primaryStore.status(TreePath.of(0, "f")).sizeBytes()).isEqualTo(4);
  }

  @Test
  void whatCannotBeTrackedWhenItIsReleasedHidesNothingOfWhatFollows() throws Exception {
    VolumeFile file = file("f");
    link[0].cut();
    primary.detach();
    CompletableFuture<Void> write = writing(file, "refused");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    untrackable.set(1);
    primary.goAlone(SECOND);
    assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(StoreException.class);
    write(file, "kept", 0, Volume.Durability.RECEIVED);
    assertThat(primary.completedSequence()).isEqualTo(primary.progress().last());
  }

  @Test
  void whatCannotBeTrackedWhileAReturnEndsHappensOnBothNodes() throws Exception {
    VolumeFile file = file("f");
    assertTreesEqual();
    primary.goAlone(SECOND);
    primary.beginDual(1);
    untrackable.set(1);
    write(file, "on both", 0, Volume.Durability.RECEIVED);
    assertThat(primary.commitDual()).isTrue();
    assertThat(primary.completedSequence()).isEqualTo(primary.progress().last());
    assertTreesEqual();
  }

  /** Both nodes may lose power: then only the map tells of what the peer's tree may hold. */
  @Test
  void whatGoesToThePeerWhileAReturnEndsIsTrackedBefore() throws Exception {
    VolumeFile file = file("f");
    primary.goAlone(SECOND);
    primary.beginDual(1);
    long before = primary.progress().last();
    AtomicLong numbered = new AtomicLong(-1);
    whenTracked = () -> numbered.set(primary.progress().last());
    write(file, "on both", 0, Volume.Durability.RECEIVED);
    assertThat(numbered).hasValue(before);
    assertThat(primary.progress().last()).isEqualTo(before + 1);
  }

  @Test
  void whatCannotBeTrackedWhileAReturnBreaksOffIsRefused() throws Exception {
    VolumeFile file = file("f");
    primary.goAlone(SECOND);
    link[0].setDeaf(true);
    primary.beginDual(1);
    untrackable.set(1);
    CompletableFuture<Void> write = writing(file, "refused");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    primary.goAlone(FIRST);
    assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(StoreException.class);
    assertThat(primaryStore.status(TreePath.of(0, "f")).sizeBytes()).isZero();
    assertThat(primary.completedSequence()).isEqualTo(primary.progress().last());
  }

  /** It was to be cut, and the map says so: what the file has there would not be sent. */
  @Test
  void whatIsGivenUpWhileAReturnEndsIsKnownToHaveHadNoEffect() throws Exception {
    VolumeFile file = file("f");
    primary.goAlone(SECOND);
    write(file, "kept", 0, Volume.Durability.RECEIVED);
    link[0].setDeaf(true);
    primary.beginDual(1);
    CompletableFuture<Void> write = writing(file, "given up");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    assertThat(withoutEffect).isEmpty();
    primary.close("the module is stopped");
    assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(StoreException.class);
    assertThat(withoutEffect).containsExactly(trackedAsSent.get(0));
  }

  /** Its thread has not run yet when the module is stopped: its effect still comes. */
  @Test
  void whatRunningAloneReleasesIsTrackedThoughTheModuleIsStoppedAtOnce() throws Exception {
    link[0].cut();
    primary.detach();
    Operation operation = new Operation.Truncate(new FileId(1, 1), TreePath.of(0, "f"), 1, 1);
    long sequence = primary.submit(operation, false);
    primary.goAlone(SECOND);
    primary.close("the module is stopped");
    primary.awaitReceived(sequence, operation);
    assertThat(trackedAsSent).containsExactly(operation);
  }

  @Test
  void afterAShortBreakTheStreamGoesOnWithoutLossOrDoubling() throws Exception {
    VolumeFile file = file("f");
    write(file, "before", 0, Volume.Durability.RECEIVED);
    link[0].cut();
    primary.detach();
    secondary.fence();
    CompletableFuture<Void> write = writing(file, "during");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    long epoch = link[0].heal();
    secondary.resume(FIRST, journal.lastSequence(), epoch);
    assertThat(primary.attach(epoch, journal.lastSequence())).isTrue();
    write.get(20, TimeUnit.SECONDS);
    write(file, "after", 6, Volume.Durability.RECEIVED);
    assertTreesEqual();
    assertThat(tracked).isEmpty();
  }

  @Test
  void aPeerThatComesAndBreaksOffAgainDoesNotStartTheWaitAnew() throws Exception {
    VolumeFile file = file("f");
    assertTreesEqual();
    link[0].cut();
    primary.detach();
    secondary.fence();
    CompletableFuture<Void> write = writing(file, "waits");
    long patientNs = TimeUnit.MILLISECONDS.toNanos(300);
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > patientNs);
    long epoch = link[0].heal();
    assertThat(primary.attach(epoch, journal.lastSequence())).isTrue();
    assertThat(primary.stalledNs()).isGreaterThan(patientNs);
    assertThat(write).isNotDone();
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
    assertThat(primary.stalledNs()).isZero();
  }

  @Test
  void aSyncThatWaitsForThePeersDiskIsAStall() throws Exception {
    VolumeFile file = file("f");
    journal.hangForce();
    CompletableFuture<Void> write = writing(file, "synced", Volume.Durability.ALL);
    await()
        .pollDelay(Duration.ofMillis(200))
        .atMost(PATIENCE)
        .until(() -> primary.syncStalledNs() > TimeUnit.MILLISECONDS.toNanos(50));
    assertThat(primary.stalledNs()).as("everything was received").isZero();
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
    assertThat(primary.syncStalledNs()).isZero();
    journal.close();
  }

  @Test
  void aReturnThatBeginsAgainBringsAsStateWhatTheStreamOfTheFirstOneSent() throws Exception {
    VolumeFile file = file("f");
    assertTreesEqual();
    secondary.setApplying(false);
    write(file, "sent by the first", 0, Volume.Durability.RECEIVED);
    long last = primary.beginDual(1);
    await().atMost(PATIENCE).until(() -> journal.firstSequence() == last + 1);
    assertThat(secondary.progress().applied()).isEqualTo(last);
    secondary.setApplying(true);
    volume.rename(
        volume.root(0),
        "f".getBytes(StandardCharsets.UTF_8),
        volume.root(0),
        "g".getBytes(StandardCharsets.UTF_8),
        Volume.RenameMode.REPLACE);
    await().atMost(PATIENCE).until(() -> secondary.progress().applied() > last);
    assertThat(secondaryStore.status(TreePath.of(0, "g")).sizeBytes())
        .as("nothing of the first stream is applied over what the second return brought")
        .isZero();
    assertThat(copyFailed.get()).isNull();
  }

  @Test
  void whatWaitsWhenAReturnBeginsIsNeverApplied() throws Exception {
    VolumeFile file = file("f");
    assertTreesEqual();
    secondary.setApplying(false);
    write(file, "waits", 0, Volume.Durability.RECEIVED);
    secondary.giveWay();
    secondary.setApplying(true);
    SecondaryStream.Progress progress = secondary.progress();
    assertThat(progress.applied()).isLessThan(progress.received());
    assertThat(progress.lagBytes()).as("what waits").isZero();
    assertThat(secondary.hasFailed()).as("it has no end to come to by itself").isTrue();
    assertThat(secondaryStore.status(TreePath.of(0, "f")).sizeBytes()).isZero();
  }

  @Test
  void aSecondaryThatLostPowerGetsAgainWhatItHadNotForced() throws Exception {
    VolumeFile file = file("f");
    write(file, "durable", 0, Volume.Durability.DATA);
    long durable = journal.durableSequence();
    write(file, "volatile", 7, Volume.Durability.RECEIVED);
    long acknowledged = primary.progress().received();
    link[0].cut();
    primary.detach();
    secondary.close();
    journal.losePower();
    assertThat(journal.lastSequence()).isGreaterThanOrEqualTo(durable);
    startSecondary();
    long epoch = link[0].heal();
    secondary.resume(FIRST, journal.lastSequence(), epoch);
    assertThat(primary.attach(epoch, journal.lastSequence())).as("kept until durable").isTrue();
    assertThat(secondary.awaitReceived(acknowledged, PATIENCE.toMillis())).isTrue();
    assertThat(secondary.awaitReceived(acknowledged + 1, 20)).as("not sent yet").isFalse();
    write(file, "!", 15, Volume.Durability.RECEIVED);
    assertTreesEqual();
  }

  @Test
  void anFsyncReturnsOnlyWhenTheJournalIsForced() throws Exception {
    VolumeFile file = file("f");
    write(file, "synced", 0, Volume.Durability.RECEIVED);
    volume.sync(file, true);
    assertThat(journal.durableSequence()).isGreaterThanOrEqualTo(primary.progress().last());
    write(file, "direct", 0, Volume.Durability.ALL);
    assertThat(journal.durableSequence()).isGreaterThanOrEqualTo(primary.progress().last());
  }

  @Test
  void whatTheOwnStoreRefusesHasHappenedOnNeitherNode() throws Exception {
    VolumeFile file = file("f");
    write(file, "kept", 0, Volume.Durability.RECEIVED);
    primaryStore.failOnce(SimStore.Call.WRITE, path -> true, Failure.NO_SPACE);
    assertThatThrownBy(() -> write(file, "refused, and longer", 0, Volume.Durability.RECEIVED))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NO_SPACE));
    assertTreesEqual();
    assertThat(copyFailed.get()).isNull();
  }

  @Test
  void whatCannotBeSentWholeBeforeItsFirstNameLeavesNothingAtThePeer() throws Exception {
    TreeNode root = volume.root(0);
    TreeNode directory = volume.create(root, name("d"), NewFile.directory(0755, 0, 0)).node();
    Volume.Opened nameless = volume.createNameless(directory, NewFile.file(0644, 0, 0));
    write(nameless.file(), "never to be seen", 0, Volume.Durability.RECEIVED);
    primaryStore.failOnce(SimStore.Call.READ, path -> true, Failure.IO);
    assertThatThrownBy(() -> volume.link(nameless.node(), directory, name("f")))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IO));
    volume.remove(root, name("d"), true);
    assertTreesEqual();
  }

  @Test
  void lockstepsOwnNamesAreNobodysElse() throws Exception {
    TreeNode root = volume.root(0);
    TreeNode directory = volume.create(root, name("d"), NewFile.directory(0755, 0, 0)).node();
    for (TreeNode in : List.of(root, directory)) {
      refused(Failure.NOT_FOUND, () -> volume.lookup(in, HiddenName.of(7)));
      refused(
          Failure.NOT_PERMITTED,
          () -> volume.create(in, HiddenName.of(7), NewFile.directory(0755, 0, 0)));
    }
    refused(
        Failure.NOT_PERMITTED,
        () -> volume.create(root, name(".lockstep"), NewFile.directory(0755, 0, 0)));
    volume.create(directory, name(".lockstep"), NewFile.directory(0755, 0, 0));
    assertTreesEqual();
  }

  private static void refused(Failure why, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.failure()).isEqualTo(why));
  }

  @Test
  void aFullJournalFailsTheCopyAndNotThePrimary() throws Exception {
    VolumeFile file = file("f");
    journal.limitRoom(0);
    CompletableFuture<Void> write = writing(file, "too much");
    await().atMost(PATIENCE).until(() -> copyFailed.get() != null);
    assertThat(copyFailed.get()).contains("no room");
    assertThat(write).isNotDone();
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatWaitsWhenTheDirectoryIsNoLongerServedIsWaitedForAndNothingNewGetsIn() throws Exception {
    VolumeFile file = file("f");
    link[0].cut();
    primary.detach();
    CompletableFuture<Void> write = writing(file, "late");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    volume.gate().shut();
    assertThat(volume.gate().awaitNone(50)).isFalse();
    assertThatThrownBy(() -> write(file, "later still", 0, Volume.Durability.RECEIVED))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IO));
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
    assertThat(volume.gate().awaitNone(50)).isTrue();
  }

  @Test
  void whoWaitsForThePeerToConfirmEverythingIsToldAtOnceThatItIsGone() throws Exception {
    VolumeFile file = file("f");
    link[0].cut();
    primary.detach();
    CompletableFuture<Void> write = writing(file, "late");
    await().atMost(PATIENCE).until(() -> primary.stalledNs() > 0);
    long last = primary.progress().last();
    assertThat(CompletableFuture.supplyAsync(() -> confirmed(last)).get(20, TimeUnit.SECONDS))
        .isFalse();
    primary.goAlone(SECOND);
    write.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aCopyThatFailedIsBroughtToTheJournalsEndOnceItsTreeCanFollowAgain() throws Exception {
    VolumeFile file = file("f");
    secondaryStore.fullAfter(0);
    write(file, "acknowledged", 0, Volume.Durability.RECEIVED);
    await().atMost(PATIENCE).until(() -> copyFailed.get() != null);
    secondary.fence();
    assertThatThrownBy(secondary::mend).isInstanceOf(IOException.class);
    assertThat(secondary.hasFailed()).isTrue();
    secondaryStore.roomAgain();
    secondary.mend();
    assertThat(secondary.hasFailed()).isFalse();
    assertTreesEqual();
    assertThat(secondary.progress().checkpoint()).isEqualTo(journal.lastSequence());
  }

  @Test
  void whatAFailedSyncLostIsOnTheDiskOnceTheCopyIsMended() throws Exception {
    write(file("f"), "acknowledged ".repeat(5_000), 0, Volume.Durability.RECEIVED);
    assertThat(secondary.drain(20_000)).isTrue();
    secondaryStore.failSyncs(1);
    assertThatThrownBy(secondary::checkpoint).isInstanceOf(IOException.class);
    secondary.fence();
    secondary.mend();
    secondaryStore.powerLoss();
    assertTreesEqual();
  }

  @Test
  void aSyncThatSucceedsAfterOneThatFailedIsNoCheckpoint() throws Exception {
    write(file("f"), "acknowledged ".repeat(5_000), 0, Volume.Durability.RECEIVED);
    assertThat(secondary.drain(20_000)).isTrue();
    long before = secondary.progress().checkpoint();
    secondaryStore.failSyncs(1);
    assertThatThrownBy(secondary::checkpoint).isInstanceOf(IOException.class);
    assertThatThrownBy(secondary::checkpoint).hasMessageContaining("not mended");
    assertThat(secondary.progress().checkpoint()).isEqualTo(before);
    secondary.fence();
    secondary.mend();
    secondaryStore.powerLoss();
    assertTreesEqual();
    assertThat(secondary.progress().checkpoint()).isEqualTo(journal.lastSequence());
  }

  private boolean confirmed(long sequence) {
    try {
      return primary.awaitDurable(sequence, 3_600_000);
    } catch (StoreException e) {
      throw new CompletionException(e);
    }
  }

  @Test
  void framesOfAnotherGenerationAreNotJournaled() throws Exception {
    file("f");
    long last = journal.lastSequence();
    secondary.fence();
    Operation late = new Operation.Truncate(new FileId(9, 1), TreePath.of(0, "f"), 7, 1);
    ByteBuffer frame = ByteBuffer.allocateDirect(512);
    StreamMessages.putOperationHeader(frame, FIRST, last + 1, false);
    OperationCodec.encode(late, frame);
    secondary.frame(1, StreamMessages.OPERATION, frame.flip());
    assertThat(journal.lastSequence()).isEqualTo(last);
  }

  @Test
  void aMalformedOperationClosesTheConnectionOnly() throws Exception {
    VolumeFile file = file("f");
    ByteBuffer nonsense = ByteBuffer.allocateDirect(3).put(new byte[] {1, 2, 3}).flip();
    secondary.frame(1, StreamMessages.OPERATION, nonsense);
    assertThat(link[1].drops()).hasSize(1);
    assertThat(copyFailed.get()).isNull();
    assertThat(file).isNotNull();
  }
}
