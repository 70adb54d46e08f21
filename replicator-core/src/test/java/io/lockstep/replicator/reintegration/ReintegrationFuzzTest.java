package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.testkit.Fuzz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Messages of a return from a peer that means harm, and a damaged map of changes. */
class ReintegrationFuzzTest {
  private static final FileId ID = new FileId(3, 4);
  private static final TreePath PATH = TreePath.of(0, "a/b");
  private static final Message.Attributes ATTRIBUTES =
      new Message.Attributes(
          0644, 1, 2, 3, List.of(new Message.Xattr(new byte[] {'u'}, new byte[9])));

  private static List<byte[]> messages() {
    List<byte[]> all = new ArrayList<>();
    for (Message each :
        List.of(
            new Message.Hello(new UUID(1, 2), ReintegrationMode.values()[0]),
            new Message.Round(1),
            new Message.Hint(ID, List.of(PATH, PATH)),
            new Message.Directory(
                ID,
                PATH,
                true,
                true,
                List.of(new Message.NameState(new byte[] {'x'}, FileKind.FILE, ID, true))),
            new Message.File(ID, PATH, FileKind.SYMLINK, 1, 2, 3, new byte[] {'t'}),
            new Message.Data(ID, List.of(new Message.Piece(5, ByteBuffer.allocate(30)))),
            new Message.Hole(ID, 1, 2),
            new Message.Hashes(ID, 0, 4096, 9000, ByteBuffer.allocate(48)),
            new Message.FileEnd(ID, ATTRIBUTES),
            new Message.DirectoryEnd(ID, PATH, ATTRIBUTES),
            new Message.Touches(List.of(new Touched.Content(ID, PATH, 1, 2))),
            new Message.Welcome(new UUID(1, 2), new UUID(3, 4)),
            new Message.Needs(List.of(new Message.Need(ID, FileKind.FILE, PATH)), true),
            new Message.Differs(ID, 4096, false, List.of(1L, 2L)),
            new Message.RoundAck(1, List.of(new Message.Need(ID, FileKind.FILE, PATH))),
            new Message.Failed("why"))) {
      all.add(bytes(MessageCodec.encode(each)));
    }
    return all;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  @Property(tries = 300, seed = "20261126")
  void messagesAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> valid = messages();
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Fuzz.mangled(valid, random);
      List<Class<?>> clean = List.of(IOException.class);
      refused += Fuzz.refused(bytes, b -> MessageCodec.decode(ByteBuffer.wrap(b)), clean) ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  @Property(tries = 100, seed = "20261126")
  void recordsOfTheMapAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DirtyMap map = new DirtyMap();
    DirtyFile file = new DirtyFile(ID);
    file.addName(PATH);
    file.exact.add(4, 90);
    file.coarse.add(4096, 8192);
    map.put(file);
    DirtyDirectory directory = new DirtyDirectory(new FileId(3, 5), TreePath.of(0, "a"));
    directory.add(new byte[] {'n'});
    map.put(directory);
    List<byte[]> valid = new ArrayList<>();
    DirtyCodec.encode(map).forEach(record -> valid.add(bytes(record)));
    valid.add(bytes(DirtyCodec.moved(PATH, TreePath.of(0, "c"))));
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Fuzz.mangled(valid, random);
      if (bytes.length > 0) {
        Fuzz.refused(
            bytes,
            b -> {
              ByteBuffer record = ByteBuffer.wrap(b);
              DirtyCodec.decode(record.get(), record, new DirtyMap());
            },
            List.of(IOException.class));
      }
    }
  }
}
