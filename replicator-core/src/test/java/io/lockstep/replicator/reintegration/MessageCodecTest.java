package io.lockstep.replicator.reintegration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  private static final FileId ID = new FileId(3, 4);
  private static final TreePath PATH = TreePath.of(0, "a/b");

  private static ByteBuffer directory() {
    return MessageCodec.encode(
        new Message.Directory(
            ID,
            PATH,
            true,
            true,
            List.of(
                new Message.NameState(new byte[] {'x'}, FileKind.FILE, ID, true),
                new Message.NameState(new byte[] {'y'}, null, FileId.NONE, false))));
  }

  @Test
  void comesBackAsItWas() throws IOException {
    Message.Directory read = (Message.Directory) MessageCodec.decode(directory());
    assertThat(read.path()).isEqualTo(PATH);
    assertThat(read.names()).hasSize(2);
    assertThat(read.names().get(0).id()).isEqualTo(ID);
    assertThat(read.names().get(1).kind()).isNull();
  }

  @Test
  void everyTruncationIsRefused() {
    ByteBuffer whole = directory();
    for (int length = 0; length < whole.limit(); length++) {
      ByteBuffer part = whole.duplicate().limit(length);
      assertThatThrownBy(() -> MessageCodec.decode(part)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void randomBytesNeverDoMoreThanThrowAnIoException() {
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      if (bytes.length > 0) {
        bytes[0] = (byte) random.nextInt(42);
      }
      try {
        assertThat(MessageCodec.decode(ByteBuffer.wrap(bytes))).isNotNull();
      } catch (IOException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    for (String name : List.of("..", ".", "a/b", "")) {
      ByteBuffer message =
          MessageCodec.encode(
              new Message.Directory(
                  ID,
                  PATH,
                  true,
                  true,
                  List.of(
                      new Message.NameState(
                          name.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                          FileKind.FILE,
                          ID,
                          true))));
      assertThatThrownBy(() -> MessageCodec.decode(message)).isInstanceOf(IOException.class);
    }
  }
}
