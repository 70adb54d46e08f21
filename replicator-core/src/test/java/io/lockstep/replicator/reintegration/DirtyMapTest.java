package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirtyMapTest {
  private static final FileId ROOT = FileId.root(0);
  private final DirtyMap map = new DirtyMap();

  @Test
  void joinsRangesThatTouch() {
    write(1, "f", 0, 10);
    write(1, "f", 20, 10);
    write(1, "f", 10, 10);
    assertThat(map.file(id(1)).exact.toString()).isEqualTo("{0=30}");
    assertThat(map.statistics()).isEqualTo(new DirtyStatistics(1, 0, 30, false));
  }

  @Test
  void truncationVoidsWhatWasBeyond() {
    write(1, "f", 0, 100);
    map.record(new Operation.Truncate(id(1), path("f"), 40, 0));
    write(1, "f", 60, 5);
    assertThat(map.file(id(1)).exact.toString()).isEqualTo("{0=40, 60=65}");
    assertThat(map.file(id(1)).lowWater).isEqualTo(40);
  }

  @Test
  void manyRangesBecomeCoarserAndStayComplete() {
    for (int i = 0; i <= DirtyFile.MAX_RANGES; i++) {
      write(1, "f", i * 200_000L, 1);
    }
    DirtyFile file = map.file(id(1));
    assertThat(file.ranges()).isLessThanOrEqualTo(DirtyFile.MAX_RANGES);
    for (int i = 0; i <= DirtyFile.MAX_RANGES; i++) {
      RangeSet one = new RangeSet();
      one.add(i * 200_000L, i * 200_000L + 1);
      RangeSet both = new RangeSet();
      both.addAll(file.exact);
      both.addAll(file.coarse);
      int before = both.count();
      both.addAll(one);
      assertThat(both.count()).isEqualTo(before);
    }
  }

  @Test
  void renamedDirectoryTakesWhatIsBelowAlong() {
    write(1, "a/x/f", 0, 1);
    map.record(create(2, 9, "a/x/new"));
    write(3, "a-b/f", 0, 1);
    map.record(rename(8, "a", "z/deep"));
    assertThat(map.file(id(1)).path()).isEqualTo(path("z/deep/x/f"));
    assertThat(map.directory(id(9)).path).isEqualTo(path("z/deep/x"));
    assertThat(map.file(id(3)).path()).isEqualTo(path("a-b/f"));
  }

  @Test
  void exchangedDirectoriesSwapWhatIsBelow() {
    write(1, "a/f", 0, 1);
    write(2, "b/f", 0, 1);
    map.record(new Operation.Exchange(id(8), ROOT, path("a"), id(9), ROOT, path("b"), 0));
    assertThat(map.file(id(1)).path()).isEqualTo(path("b/f"));
    assertThat(map.file(id(2)).path()).isEqualTo(path("a/f"));
  }

  @Test
  void removedFileIsForgottenUnlessItHasOtherNames() {
    write(1, "f", 0, 1);
    write(2, "g", 0, 1);
    map.record(new Operation.Remove(id(1), ROOT, path("f"), false, 0));
    map.record(new Operation.Remove(id(2), ROOT, path("g"), false, 0), true, false);
    assertThat(map.file(id(1))).isNull();
    assertThat(map.file(id(2)).path()).isNull();
    assertThat(map.directory(ROOT).names()).hasSize(2);
    assertThat(map.touched())
        .as("told by its identity, for the other node to look for")
        .contains(new Touched.Whole(id(2), TreePath.root(0)));
  }

  @Test
  void replacedFileIsForgotten() {
    write(1, "f", 0, 1);
    write(2, "g", 0, 1);
    map.record(new Operation.Rename(id(1), ROOT, path("f"), ROOT, path("g"), id(2), 0));
    assertThat(map.file(id(2))).isNull();
    assertThat(map.file(id(1)).path()).isEqualTo(path("g"));
  }

  @Test
  void drainedMapFollowsRenamesAndComesBack() {
    write(1, "a/f", 0, 10);
    map.record(create(3, 9, "a/new"));
    DirtyMap taken = map.drain();
    assertThat(map.isEmpty()).isTrue();
    assertThat(taken.file(id(3)).fresh).isTrue();
    map.record(rename(9, "a", "b"));
    write(1, "b/f", 20, 5);
    assertThat(taken.file(id(1)).path()).isEqualTo(path("b/f"));
    map.mergeBack(taken);
    assertThat(map.file(id(1)).exact.toString()).isEqualTo("{0=10, 20=25}");
    assertThat(map.file(id(3)).fresh).isFalse();
    assertThat(map.file(id(3)).created).isTrue();
    assertThat(map.directory(id(9)).path).isEqualTo(path("b"));
  }

  @Test
  void laterTruncationCutsWhatComesBack() {
    write(1, "f", 0, 100);
    DirtyMap taken = map.drain();
    map.record(new Operation.Truncate(id(1), path("f"), 10, 0));
    map.mergeBack(taken);
    assertThat(map.file(id(1)).exact.toString()).isEqualTo("{0=10}");
  }

  @Test
  void tooMuchMeansEverything() {
    DirtyMap small = new DirtyMap(10);
    for (int i = 1; i < 20; i++) {
      small.record(create(i, 9, "a/n" + i));
    }
    assertThat(small.everything()).isTrue();
    assertThat(small.size()).isZero();
  }

  @Test
  void anElementTakesASixthOfItsShareOfTheHeap() {
    int count = 100_000;
    long before = usedBytes();
    DirtyMap large = new DirtyMap(count);
    for (int i = 1; i <= count; i++) {
      large.add(new Touched.Whole(id(i), path("directory-%03d/file-%06d".formatted(i % 100, i))));
    }
    long each = (usedBytes() - before) / count;
    assertThat(large.everything()).isFalse();
    assertThat(large.size()).isEqualTo(count);
    assertThat(each).isLessThan((512L << 20) / DirtyMap.elements(512L << 20) / 6);
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void anIdentityThatARoundOverEverythingGivesIsNotStillToBeSent() {
    map.record(new Operation.Identify(id(1), path("before"), 0));
    assertThat(map.file(id(1))).isNotNull();
    map.markEverything();
    DirtyMap taken = map.drain();
    map.record(new Operation.Identify(id(2), path("meanwhile"), 0));
    write(3, "written", 0, 10);
    assertThat(map.fileIds()).containsExactly(id(3));
    map.mergeBack(taken);
    assertThat(map.everything()).isTrue();
    map.clear();
    map.record(new Operation.Identify(id(4), path("afterwards"), 0));
    assertThat(map.fileIds()).containsExactly(id(4));
  }

  @Test
  void elementsSurviveTheirBinaryForm() throws IOException {
    write(1, "a/f", 5, 10);
    map.record(new Operation.Truncate(id(1), path("a/f"), 7, 0));
    map.record(create(2, 9, "a/new"));
    map.add(new Touched.Whole(id(4), path("w")));
    map.add(Touched.Name.all(id(5), path("d")));
    DirtyMap read = new DirtyMap();
    for (ByteBuffer record : DirtyCodec.encode(map)) {
      DirtyCodec.decode(record.get(), record, read);
    }
    assertThat(read.statistics()).isEqualTo(map.statistics());
    assertThat(read.file(id(1)).exact).isEqualTo(map.file(id(1)).exact);
    assertThat(read.file(id(1)).lowWater).isEqualTo(7);
    assertThat(read.file(id(2)).created).isTrue();
    assertThat(read.file(id(4)).coarse).isEqualTo(map.file(id(4)).coarse);
    assertThat(read.directory(id(5)).all).isTrue();
    assertThat(read.directory(id(9)).names())
        .containsExactlyElementsOf(
            List.of("new".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private void write(long number, String path, long offset, int length) {
    map.record(new Operation.Write(id(number), path(path), offset, ByteBuffer.allocate(length), 0));
  }

  private static Operation create(long number, long parent, String path) {
    return new Operation.Create(id(number), id(parent), path(path), NewFile.file(0644, 0, 0), 0);
  }

  private static Operation rename(long number, String from, String to) {
    return new Operation.Rename(id(number), ROOT, path(from), ROOT, path(to), FileId.NONE, 0);
  }

  private static FileId id(long number) {
    return new FileId(7, number);
  }

  private static TreePath path(String text) {
    return TreePath.of(0, text);
  }
}
