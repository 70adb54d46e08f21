package io.lockstep.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.agent.peer.AgentPeer.Answer;
import io.lockstep.agent.peer.AgentPeer.Question;
import io.lockstep.agent.peer.AgentPeer.UnreachableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgentCallsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger answered = new AtomicInteger();
  private boolean cut;
  private AgentCalls a;
  private AgentCalls b;

  private void connect() {
    a = new AgentCalls("desk-b", (epoch, bytes) -> pass(epoch, b, bytes), (q, t) -> null);
    b =
        new AgentCalls(
            "desk-a",
            (epoch, bytes) -> pass(epoch, a, bytes),
            (question, text) -> {
              answered.incrementAndGet();
              if (text.equals("hang")) {
                release.await();
              }
              if (text.equals("fail")) {
                throw new IllegalStateException("broken");
              }
              return new Answer(!text.isEmpty(), question + " " + text);
            });
    a.up(7);
    b.up(7);
  }

  private boolean pass(long epoch, AgentCalls to, ByteBuffer bytes) {
    if (epoch < 0 || cut) {
      return false;
    }
    to.frame(epoch, bytes);
    return true;
  }

  @AfterEach
  void close() {
    release.countDown();
    if (a != null) {
      a.close();
      b.close();
    }
  }

  @Test
  void aQuestionIsAnsweredByTheOtherAgent() throws Exception {
    connect();
    assertThat(a.ask(Question.CHECK_REMOVAL, "grüße", LONG))
        .isEqualTo(new Answer(true, "CHECK_REMOVAL grüße"));
    assertThat(a.ask(Question.REMOVE_MODULE, "", LONG).ok()).isFalse();
    assertThat(a.ask(Question.REMOVE_MODULE, "fail", LONG).text()).contains("broken");
    String most = "x".repeat(AgentCalls.MAX_TEXT_BYTES - 100);
    assertThat(a.ask(Question.PREPARE_CONFIGURATION, most, LONG).text()).endsWith(most);
  }

  @Test
  void withoutALinkNothingWasAsked() {
    connect();
    a.down("cut");
    assertThatThrownBy(() -> a.ask(Question.CHECK_REMOVAL, "x", LONG))
        .isInstanceOfSatisfying(UnreachableException.class, e -> assertThat(e.asked()).isFalse());
    assertThat(answered).hasValue(0);
  }

  @Test
  void aBrokenLinkEndsTheWaitAtOnce() throws Exception {
    connect();
    CompletableFuture<Boolean> asked = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                a.ask(Question.REMOVE_MODULE, "hang", Duration.ofHours(1));
              } catch (UnreachableException e) {
                asked.complete(e.asked());
              } catch (InterruptedException e) {
                asked.completeExceptionally(e);
              }
            });
    thread.start();
    await().until(() -> answered.get() == 1);
    a.down("cut");
    assertThat(asked.get(10, java.util.concurrent.TimeUnit.SECONDS))
        .as("the peer may have done it")
        .isTrue();
    thread.join();
  }

  @Test
  void aPeerThatDoesNotAnswerIsGivenUp() {
    connect();
    assertThatThrownBy(() -> a.ask(Question.REMOVE_MODULE, "hang", Duration.ofMillis(50)))
        .isInstanceOf(UnreachableException.class)
        .hasMessageContaining("did not answer");
  }

  @Test
  void whatIsNoQuestionIsRefused() throws Exception {
    connect();
    assertThatThrownBy(() -> b.frame(7, ByteBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class);
    CompletableFuture<ByteBuffer> out = new CompletableFuture<>();
    try (AgentCalls old =
        new AgentCalls(
            "x",
            (epoch, bytes) -> out.complete(bytes),
            (question, text) -> new Answer(true, "never"))) {
      old.frame(7, ByteBuffer.allocate(10).put(0, (byte) 99));
      ByteBuffer answer = out.get(10, java.util.concurrent.TimeUnit.SECONDS);
      assertThat(answer.get(9)).as("not ok").isZero();
    }
  }
}
