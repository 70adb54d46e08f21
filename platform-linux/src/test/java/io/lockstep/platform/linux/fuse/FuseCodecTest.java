package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Layouts of {@code linux/fuse.h}, and what is kept about open files. */
class FuseCodecTest {
  private static FuseRequest request(int opcode, byte[] body) {
    FuseRequest request = new FuseRequest(8192);
    ByteBuffer memory = request.memory();
    memory.putInt(0, 40 + body.length).putInt(4, opcode).putLong(8, 77).putLong(16, 5);
    memory.putInt(24, 1000).putInt(28, 1001).put(40, body);
    request.received(40 + body.length);
    return request;
  }

  @Test
  void namesEndAtNulOrAtTheEndOfTheRequest() {
    FuseRequest request = request(FuseProtocol.SYMLINK, "ab\0cd".getBytes(StandardCharsets.UTF_8));
    assertThat(request.name(0)).isEqualTo(new byte[] {'a', 'b'});
    assertThat(request.name(3)).isEqualTo(new byte[] {'c', 'd'});
    assertThat(request.unique()).isEqualTo(77);
    assertThat(request.node()).isEqualTo(5);
    assertThat(request.user()).isEqualTo(1000);
    assertThat(request.group()).isEqualTo(1001);
    assertThat(request.payload(3, 2).remaining()).isEqualTo(2);
    assertThat(request.payload(3, 2).get()).isEqualTo((byte) 'c');
  }

  @Test
  void aRequestThatClaimsMoreThanItBroughtIsRefused() {
    FuseRequest request = request(FuseProtocol.WRITE, new byte[10]);
    for (int count : new int[] {8, 5_000, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> request.bytes(3, count))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> request.payload(3, count))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(request.bytes(3, 7)).hasSize(7);
    assertThat(request.payload(10, 0).remaining()).isZero();
  }

  @Test
  void entriesHaveTheKernelsLayout() {
    FileStatus status =
        new FileStatus(
            FileKind.FILE, 04755, 7, 8, 2, 5_000_000_000L, 16, 4096, 0, 99, 1, -1, 1_500_000_000L);
    FuseReply reply = new FuseReply(4096).begin().entry(12, status);
    ByteBuffer memory = reply.memory();
    assertThat(reply.size()).isEqualTo(FuseReply.ENTRY_BYTES);
    assertThat(memory.getLong(16)).isEqualTo(12);
    assertThat(memory.getLong(16 + 40)).isEqualTo(99);
    assertThat(memory.getLong(16 + 48)).isEqualTo(5_000_000_000L);
    assertThat(memory.getLong(16 + 72)).as("mtime before 1970").isEqualTo(-1);
    assertThat(memory.getInt(16 + 92)).isEqualTo(999_999_999);
    assertThat(memory.getLong(16 + 80)).isEqualTo(1);
    assertThat(memory.getInt(16 + 100)).isEqualTo(0x8000 | 04755);
    assertThat(new FuseReply(4096).begin().attributes(status).size()).isEqualTo(104);
    assertThat(new FuseReply(4096).begin().absent().size()).isEqualTo(FuseReply.ENTRY_BYTES);
  }

  @Test
  void negotiatesWhatBothKnowAndNeverTheWritebackCache() throws IOException {
    FuseRequest request = request(FuseProtocol.INIT, new byte[64]);
    request.memory().putInt(40, 7).putInt(44, 45).putInt(48, 131072).putInt(52, -1);
    FuseReply reply = new FuseReply(4096);
    Negotiation.Agreed answer = Negotiation.answer(request, reply, false);
    assertThat(answer.kernelMinor()).isEqualTo(45);
    int agreed = answer.flags();
    assertThat(agreed & FuseProtocol.INIT_WRITEBACK_CACHE).isZero();
    assertThat(agreed).isEqualTo(Negotiation.WANTED);
    assertThat(reply.size()).isEqualTo(64);
    assertThat(reply.memory().getInt(16 + 4)).isEqualTo(FuseProtocol.MINOR);
    assertThat(reply.memory().getInt(16 + 20)).isEqualTo(1 << 20);
    assertThat(reply.memory().getShort(16 + 28)).isEqualTo((short) 256);
  }

  @Test
  void refusesKernelsThatAreTooOld() {
    FuseRequest request = request(FuseProtocol.INIT, new byte[64]);
    request.memory().putInt(40, 7).putInt(44, 26);
    assertThatThrownBy(() -> Negotiation.answer(request, new FuseReply(4096), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("4.18");
  }

  @Test
  void handlesAreReusedOnlyAfterTheyWereClosed() {
    HandleTable<String> table = new HandleTable<>();
    for (int i = 0; i < 200; i++) {
      assertThat(table.add("v" + i)).isEqualTo(i);
    }
    assertThat(table.get(199)).isEqualTo("v199");
    assertThat(table.remove(5)).isEqualTo("v5");
    assertThat(table.get(5)).isNull();
    assertThat(table.remove(5)).isNull();
    assertThat(table.get(-1)).isNull();
    assertThat(table.get(1 << 20)).isNull();
    assertThat(table.add("new")).isEqualTo(5);
    assertThat(table.drain()).hasSize(200);
  }

  @Test
  void aChangeInFlightIsNeverTakenForOneThatWasCovered() {
    Activity activity = new Activity();
    long earlier = activity.begin();
    long sync = activity.begin();
    boolean alone = activity.end(sync);
    long after = activity.now();
    activity.end(earlier);
    assertThat(alone).isTrue();
    assertThat(activity.now()).as("the end of the earlier change counts").isNotEqualTo(after);
    long next = activity.begin();
    activity.end(activity.begin());
    assertThat(activity.end(next)).as("another began meanwhile").isFalse();
  }

  @Test
  void queuesAreAskedForOnlyWhereAMatureKernelOffersThem() throws IOException {
    FuseRequest request = request(FuseProtocol.INIT, new byte[64]);
    ByteBuffer memory = request.memory();
    memory.putInt(40, FuseProtocol.MAJOR).putInt(44, FuseProtocol.QUEUES_MINOR);
    memory.putInt(52, FuseProtocol.INIT_EXT).putInt(56, FuseProtocol.INIT2_OVER_IO_URING);
    assertThat(Negotiation.offersQueues(request)).isTrue();
    FuseReply reply = new FuseReply(4096);
    Negotiation.answer(request, reply, true);
    assertThat(reply.memory().getInt(16 + 12)).isEqualTo(FuseProtocol.INIT_EXT);
    assertThat(reply.memory().getInt(16 + 32)).isEqualTo(FuseProtocol.INIT2_OVER_IO_URING);
    assertThat(reply.size()).isEqualTo(64);

    memory.putInt(44, FuseProtocol.QUEUES_MINOR - 1);
    assertThat(Negotiation.offersQueues(request)).isFalse();
    memory.putInt(44, FuseProtocol.QUEUES_MINOR).putInt(52, 0);
    assertThat(Negotiation.offersQueues(request)).isFalse();
    memory.putInt(52, FuseProtocol.INIT_EXT).putInt(56, 0);
    assertThat(Negotiation.offersQueues(request)).isFalse();
  }
}
