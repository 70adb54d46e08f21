package io.lockstep.replicator.reintegration;

import static io.lockstep.replicator.reintegration.TreeMutator.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.port.Failure;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReintegrationTest {
  @TempDir Path directory;
  private Pair pair;

  @BeforeEach
  void open() throws IOException {
    pair = new Pair(directory);
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

  @Test
  void renameOfABigFileAndDeletionSendNoContent() throws Exception {
    pair.base.file("big");
    pair.base.write("big", 0, random(3 << 20));
    pair.base.file("gone");
    pair.base.write("gone", 0, random(1 << 20));
    pair.base.directory("d");
    pair.split();
    pair.app.rename("big", "d/renamed");
    pair.app.remove(path("gone"));
    equalAfterRun();
    assertThat(pair.sent).isLessThan(2048);
  }

  @Test
  void changedBytesAreAboutWhatIsSent() throws Exception {
    pair.base.file("big");
    pair.base.write("big", 0, random(3 << 20));
    pair.split();
    pair.app.write("big", 123_456, random(100_000));
    equalAfterRun();
    assertThat(pair.sent).isLessThan(120_000 + 1024);
  }

  @Test
  void whatThePeerMostLikelyHasIsComparedAndOnlyWhatItLacksIsSent() throws Exception {
    pair.base.file("big");
    pair.base.write("big", 0, random(3 << 20));
    FileId big = pair.source.identity(path("big")).orElseThrow();
    pair.split();
    TreeMutator unseen = new TreeMutator(pair.source, 500, operation -> {});
    unseen.write("big", 300_000, random(1000));
    pair.tracker.add(List.of(new Touched.Content(big, path("big"), 0, 2 << 20).inDoubt()));
    equalAfterRun();
    assertThat(pair.sent).isLessThan(20_000);
  }

  @ParameterizedTest
  @EnumSource
  void whatHasAHiddenNameIsNeverSent(ReintegrationMode mode) throws Exception {
    pair.base.directory("d");
    pair.base.file("d/f");
    pair.split();
    String hidden = "d/.lockstep.new.0123456789abcdef";
    pair.app.file(hidden);
    pair.app.write(hidden, 0, random(5000));
    pair.app.write("d/f", 0, random(5));
    pair.run(mode);
    assertThat(pair.inSync).isTrue();
    assertThat(pair.differences()).isEmpty();
    assertThatThrownBy(() -> pair.target.status(path(hidden)))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
  }

  @Test
  void namesSwapAndDirectoriesTurnInsideOut() throws Exception {
    pair.base.file("x");
    pair.base.write("x", 0, random(10));
    pair.base.file("y");
    pair.base.write("y", 0, random(20));
    pair.base.directory("a");
    pair.base.directory("a/b");
    pair.base.file("a/b/f");
    pair.split();
    pair.app.exchange(path("x"), path("y"));
    pair.app.rename("a/b", "b");
    pair.app.rename("a", "b/a");
    pair.app.write("b/f", 0, random(5));
    equalAfterRun();
  }

  @Test
  void filesAndDirectoriesTakeEachOthersPlace() throws Exception {
    pair.base.file("f");
    pair.base.directory("d");
    pair.base.file("d/in");
    pair.split();
    pair.app.remove(path("f"));
    pair.app.directory("f");
    pair.app.rename("d/in", "f/in");
    pair.app.remove(path("d"));
    pair.app.file("d");
    pair.app.link(path("f/in"), path("again"));
    equalAfterRun();
  }

  @Test
  void orphansOfTheTargetAreUndone() throws Exception {
    pair.base.file("f");
    pair.base.write("f", 0, random(10_000));
    pair.base.directory("d");
    pair.split();
    pair.orphan.write("f", 100, random(50));
    pair.orphan.file("d/orphan");
    pair.orphan.rename("f", "d/f");
    equalAfterRun();
  }

  @Test
  void smallMessagesGoTogether() throws Exception {
    int files = 200;
    for (int i = 0; i < files; i++) {
      pair.base.file("small-" + i);
    }
    pair.split();
    for (int i = 0; i < files; i++) {
      pair.app.write("small-" + i, 0, random(100));
    }
    equalAfterRun();
    assertThat(pair.messages).isLessThan(files / 4);
    assertThat(pair.sent).isLessThan(files * 400L);
  }

  @Test
  void whatOnlyTheTargetHadForAMomentIsLookedForNoMoreThanTwiceBeforeTheLastRound()
      throws Exception {
    pair.base.file("f");
    pair.split();
    pair.orphan.file("scratch");
    pair.orphan.write("scratch", 0, random(50));
    pair.orphan.remove(path("scratch"));
    pair.app.write("f", 0, random(10));
    equalAfterRun();
    assertThat(pair.rounds).isLessThanOrEqualTo(3);
  }

  @Test
  void anEmptyTargetGetsEverything() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 120; i++) {
      pair.base.random(random);
    }
    pair.source.create(path("unknown"), NewFile.file(0600, 0, 0), FileId.NONE);
    pair.run(ReintegrationMode.FULL_COPY);
    assertThat(pair.differences()).isEmpty();
    assertThat(pair.tracker.isEmpty()).isTrue();
  }

  @Test
  void aFirstCopyOfFilesWithoutIdentityIsOneRoundAndTheTargetShowsThatItIsAtWork()
      throws Exception {
    int files = 9000;
    for (int i = 0; i < files; i++) {
      pair.source.create(path("unknown-" + i), NewFile.file(0600, 0, 0), FileId.NONE);
    }
    pair.run(ReintegrationMode.FULL_COPY);
    assertThat(pair.differences()).isEmpty();
    assertThat(pair.signs).isEqualTo(2);
    assertThat(pair.sent).isLessThan(files * 300L);
    assertThat(pair.tracker.isEmpty()).isTrue();
  }

  @Test
  void aFullComparisonMendsWhatItCouldNotReadBecauseRenamesWentOn() throws Exception {
    pair.base.directory("d");
    pair.base.file("d/one");
    pair.base.write("d/one", 0, random(1000));
    pair.base.file("x");
    pair.split();
    pair.orphan.file("d/stale");
    pair.orphan.write("d/one", 10, random(50));
    pair.orphans.clear();
    String[] names = {"x", "y"};
    int[] renames = {0};
    pair.source.hook(
        (call, path) -> {
          boolean read = call == SimStore.Call.LIST || call == SimStore.Call.OPEN;
          if (read && !pair.held && !pair.dual && path.startsWith(path("d"))) {
            int from = renames[0]++ % 2;
            swap(names[from], names[1 - from]);
          }
        });
    pair.run(ReintegrationMode.FULL_VERIFY);
    pair.source.hook((call, path) -> {});
    assertThat(renames[0]).isGreaterThan(6);
    assertThat(pair.differences()).isEmpty();
    assertThat(pair.tracker.isEmpty()).isTrue();
  }

  @Test
  void aWriterFasterThanTheLinkIsHeldBackAndItEnds() throws Exception {
    pair.base.file("f");
    pair.base.write("f", 0, random(8 << 20));
    pair.split();
    pair.app.write("f", 0, random(8 << 20));
    Random random = new Random(3);
    pair.between =
        number -> {
          if (!pair.held && !pair.dual) {
            pair.app.write("f", random.nextInt(8 << 20), random(512 << 10));
          }
        };
    equalAfterRun();
    assertThat(pair.limits).anySatisfy(limit -> assertThat(limit).isPositive());
    assertThat(pair.limits.get(pair.limits.size() - 1)).isZero();
  }

  @Test
  void aSourceThatLosesPowerAfterARoundHasWhatItSentOrSendsAgainWhatItHas() throws Exception {
    pair.base.file("f");
    pair.base.write("f", 0, random(8 << 20));
    pair.source.syncAll();
    pair.split();
    pair.app.write("f", 1 << 20, random(6 << 20));
    pair.between =
        number -> {
          if (pair.tracker.session().isPresent()) {
            throw new IOException("the source loses power when its first round is over");
          }
          if (number == 2) {
            pair.app.file("new");
          }
        };
    assertThatThrownBy(() -> pair.run(ReintegrationMode.BY_MAP))
        .hasStackTraceContaining("the source loses power");
    pair.source.powerLoss();
    pair.crash();
    pair.between = number -> {};
    pair.run(ReintegrationMode.BY_MAP);
    assertThat(pair.differences()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasToBeCutOffAndWasNotReachesTheTarget(boolean dies) throws Exception {
    FileId cut = pair.base.file("f");
    pair.base.write("f", 0, random(10_000));
    pair.split();
    pair.tracker.track(new Operation.Truncate(cut, path("f"), 2594, 0));
    if (dies) {
      pair.tracker.compact();
      pair.crash();
    }
    equalAfterRun();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasToBeRemovedWhenTheProcessDiedReachesTheTarget(boolean replaced) throws Exception {
    FileId kept = pair.base.file("kept");
    FileId gone = pair.base.file("gone");
    pair.split();
    pair.app.write("gone", 0, random(10_000));
    FileId root = FileId.root(0);
    pair.tracker.track(
        replaced
            ? new Operation.Rename(kept, root, path("kept"), root, path("gone"), gone, 0)
            : new Operation.Remove(gone, root, path("gone"), false, 0));
    pair.tracker.compact();
    pair.crash();
    equalAfterRun();
  }

  private void swap(String from, String to) {
    try {
      pair.app.rename(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void equalAfterRun() throws IOException, InterruptedException {
    pair.run(ReintegrationMode.BY_MAP);
    assertThat(pair.differences()).isEmpty();
    assertThat(TreeDigest.of(pair.source).lines()).isNotEmpty();
    assertThat(pair.tracker.isEmpty()).isTrue();
    assertThat(pair.dual).isTrue();
    assertThat(pair.inSync).isTrue();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
