package io.lockstep.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.testkit.Fuzz;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Questions and answers from a peer that means harm. */
class AgentCallsFuzzTest {
  private static byte[] frame(int kind, long id, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(10 + utf8.length)
        .put((byte) kind)
        .putLong(id)
        .put((byte) 1)
        .put(utf8)
        .array();
  }

  @Property(tries = 200, seed = "20261126")
  void framesAreAnsweredOrRefused(@ForAll long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> valid =
        List.of(frame(0, 1, "cluster: {}"), frame(5, 2, "desk\ntrue\nfalse"), frame(0x7f, 1, "x"));
    AtomicInteger answered = new AtomicInteger();
    try (AgentCalls calls =
        new AgentCalls(
            "desk-b",
            (epoch, payload) -> answered.incrementAndGet() > 0,
            (question, text) -> new AgentPeer.Answer(true, text))) {
      for (int i = 0; i < 10; i++) {
        byte[] bytes = Fuzz.mangled(valid, random);
        Fuzz.refused(
            bytes,
            b -> calls.frame(1, ByteBuffer.wrap(b)),
            List.of(IllegalArgumentException.class));
      }
    }
  }

  /** The agent's own answers wait for a machine; a peer that asks on meanwhile fills nothing. */
  @Example
  void aFloodOfQuestionsIsRefusedAndEndsWithTheOnesThatWait() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger answers = new AtomicInteger();
    try (AgentCalls calls =
        new AgentCalls(
            "desk-b",
            (epoch, payload) -> answers.incrementAndGet() > 0,
            (question, text) -> {
              gate.await();
              return new AgentPeer.Answer(true, "");
            })) {
      byte[] question = frame(0, 1, "y".repeat(AgentCalls.MAX_TEXT_BYTES));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  calls.frame(1, ByteBuffer.wrap(question));
                }
              })
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("questions wait");
      gate.countDown();
      await().until(() -> answers.get() >= 2);
      await().until(() -> accepts(calls, question));
      assertThat(answers.get()).isLessThan(100);
    }
  }

  private static boolean accepts(AgentCalls calls, byte[] question) {
    try {
      calls.frame(1, ByteBuffer.wrap(question));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
