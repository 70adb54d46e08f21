package io.lockstep.replicator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.testkit.Fuzz;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Operations and stream messages from a peer that means harm. */
class OperationFuzzTest {
  private static final FileId ID = new FileId(3, 4);
  private static final FileId PARENT = new FileId(3, 5);
  private static final TreePath PATH = TreePath.of(0, "some/where");
  private static final TreePath TO = TreePath.of(0, "else/where");
  private static final NewFile FILE =
      new NewFile(FileKind.SYMLINK, 0644, 1, 2, 0, new byte[] {'/', 'x'});

  private static List<byte[]> valid() {
    ByteBuffer data = ByteBuffer.allocateDirect(40);
    List<byte[]> all = new ArrayList<>();
    for (Operation each :
        List.of(
            new Operation.Write(ID, PATH, 7, data, 9),
            new Operation.Truncate(ID, PATH, 7, 9),
            new Operation.Allocate(ID, PATH, Allocation.ZERO, 7, 8, 9),
            new Operation.Create(ID, PARENT, PATH, FILE, 9),
            new Operation.Link(ID, PATH, PARENT, TO, 9),
            new Operation.Remove(ID, PARENT, PATH, true, 9),
            new Operation.Rename(ID, PARENT, PATH, PARENT, TO, ID, 9),
            new Operation.Exchange(ID, PARENT, PATH, ID, PARENT, TO, 9),
            new Operation.SetAttributes(ID, PATH, AttributeChange.permissions(0600), 9),
            new Operation.SetXattr(ID, PATH, new byte[] {'u'}, new byte[30], 9),
            new Operation.RemoveXattr(ID, PATH, new byte[] {'u'}, 9),
            new Operation.Identify(ID, PATH, 9),
            new Operation.Compensate(new Operation.Truncate(ID, PATH, 7, 9), 5))) {
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      OperationCodec.encode(each, buffer);
      byte[] bytes = new byte[buffer.flip().remaining()];
      buffer.get(bytes);
      all.add(bytes);
      all.add(leadingOut(bytes));
    }
    return all;
  }

  /** With {@code a/../where} in the place of {@code some/where}. */
  private static byte[] leadingOut(byte[] operation) {
    String text = new String(operation, StandardCharsets.ISO_8859_1);
    return text.replace("some/where", "a/../where").getBytes(StandardCharsets.ISO_8859_1);
  }

  @Property(tries = 300, seed = "20261126")
  void operationsAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> valid = valid();
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Fuzz.mangled(valid, random);
      refused +=
          Fuzz.refused(bytes, OperationFuzzTest::read, List.of(MalformedException.class)) ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  /** What is read names nothing outside, and no permission that is none. */
  private static void read(byte[] bytes) throws MalformedException {
    Operation operation = OperationCodec.decode(ByteBuffer.wrap(bytes)).plain();
    inside(operation.path());
    if (operation instanceof Operation.Rename rename) {
      inside(rename.to());
    } else if (operation instanceof Operation.Link link) {
      inside(link.existing());
    } else if (operation instanceof Operation.Exchange exchange) {
      inside(exchange.otherPath());
    } else if (operation instanceof Operation.Create create) {
      assertThat(create.file().permissions() & ~07777).isZero();
    } else if (operation instanceof Operation.SetAttributes set) {
      assertThat(set.change().permissions().orElse(0) & ~07777).isZero();
    }
  }

  private static void inside(TreePath path) {
    String text = new String(path.bytes(), StandardCharsets.ISO_8859_1);
    assertThat(text).doesNotContain("\0").doesNotStartWith("/").doesNotContain("//");
    assertThat(text.split("/")).doesNotContain("..", ".");
  }

  @Property(tries = 100, seed = "20261126")
  void streamMessagesAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Generation generation = new Generation(1, 2);
    List<byte[]> valid =
        List.of(
            new StreamMessages.Ack(generation, 1, 2, 3, 4).encode().array(),
            new StreamMessages.Mark(generation, 5).encode().array());
    for (int i = 0; i < 50; i++) {
      byte[] bytes = Fuzz.mangled(valid, random);
      List<Class<?>> clean = List.of(MalformedException.class);
      Fuzz.refused(bytes, b -> StreamMessages.Ack.decode(ByteBuffer.wrap(b)), clean);
      Fuzz.refused(bytes, b -> StreamMessages.Mark.decode(ByteBuffer.wrap(b)), clean);
    }
  }
}
