package io.lockstep.agent.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Questions and answers of the two agents in frames of the operations lane: kind u8 (the question's
 * number, or 0x7f for an answer), id i64, ok u8, text (UTF-8, to the end). The link is
 * authenticated, so whoever asks has the cluster's key.
 *
 * <p>Questions of the peer are answered one after the other on a thread of their own, begun with
 * the first: the link's event loop never waits. A question whose connection breaks fails at once.
 * Any thread.
 */
public final class AgentCalls implements AgentPeer, AutoCloseable {
  /** Longest text, in bytes: a frame must hold it. */
  public static final int MAX_TEXT_BYTES = 512 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(AgentCalls.class);
  private static final byte ANSWER = 0x7f;

  /** A peer has one question under way at a time, or two after one that it gave up. */
  private static final int MOST_QUESTIONS = 16;

  private static final int HEADER_BYTES = 1 + 8 + 1;

  /** Sends one frame on the connection of that epoch; false when it is not up. */
  public interface Sender {
    boolean send(long epoch, ByteBuffer payload);
  }

  /** Answers the peer's questions; may take its time. */
  public interface Answering {
    Answer answer(Question question, String text) throws InterruptedException;
  }

  private final String name;
  private final Sender sender;
  private final Answering answering;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Answer>> asked = new ConcurrentHashMap<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "agent-calls");
            made.setDaemon(true);
            return made;
          });
  private final AtomicInteger questions = new AtomicInteger();
  private volatile long epoch = -1;

  /** {@code name} is the peer's. */
  public AgentCalls(String name, Sender sender, Answering answering) {
    this.name = name;
    this.sender = sender;
    this.answering = answering;
  }

  @Override
  public String name() {
    return name;
  }

  /** The link is up. */
  public void up(long newEpoch) {
    epoch = newEpoch;
  }

  /** The link is gone; whoever waits is told. */
  public void down(String reason) {
    epoch = -1;
    asked
        .values()
        .forEach(
            waiting ->
                waiting.completeExceptionally(
                    new UnreachableException(true, "the link to " + name + " broke: " + reason)));
  }

  @Override
  public Answer ask(Question question, String text, Duration timeout)
      throws UnreachableException, InterruptedException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException(
          "a text of " + utf8.length + " bytes; at most " + MAX_TEXT_BYTES);
    }
    long id = ids.incrementAndGet();
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    asked.put(id, answer);
    try {
      if (!sender.send(epoch, frame((byte) question.ordinal(), id, true, utf8))) {
        throw new UnreachableException(false, "there is no link to " + name);
      }
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new UnreachableException(
          true, name + " did not answer within " + timeout.toSeconds() + " s");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnreachableException unreachable) {
        throw unreachable;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      asked.remove(id);
    }
  }

  private static ByteBuffer frame(byte kind, long id, boolean ok, byte[] text) {
    return ByteBuffer.allocate(HEADER_BYTES + text.length)
        .put(kind)
        .putLong(id)
        .put((byte) (ok ? 1 : 0))
        .put(text)
        .flip();
  }

  /**
   * One frame of the peer, on the link's event loop.
   *
   * @throws IllegalArgumentException when it is none, or too many questions wait: the connection is
   *     to be closed
   */
  public void frame(long frameEpoch, ByteBuffer payload) {
    if (payload.remaining() < HEADER_BYTES || payload.remaining() > HEADER_BYTES + MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("an agent's frame of " + payload.remaining() + " bytes");
    }
    byte kind = payload.get();
    long id = payload.getLong();
    boolean ok = payload.get() != 0;
    String text = StandardCharsets.UTF_8.decode(payload).toString();
    if (kind == ANSWER) {
      CompletableFuture<Answer> waiting = asked.get(id);
      if (waiting != null) {
        waiting.complete(new Answer(ok, text));
      }
      return;
    }
    if (questions.incrementAndGet() > MOST_QUESTIONS) {
      questions.decrementAndGet();
      throw new IllegalArgumentException("more than " + MOST_QUESTIONS + " questions wait");
    }
    thread.execute(
        () -> {
          try {
            answer(frameEpoch, kind, id, text);
          } finally {
            questions.decrementAndGet();
          }
        });
  }

  private void answer(long frameEpoch, byte kind, long id, String text) {
    Answer answer;
    try {
      answer =
          kind >= 0 && kind < Question.values().length
              ? answering.answer(Question.values()[kind], text)
              : new Answer(false, "this node's version does not know how: bring it up to date");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (RuntimeException e) {
      LOG.error("A question of {} could not be answered", name, e);
      answer = new Answer(false, "an error inside its agent; its log has the details: " + e);
    }
    byte[] utf8 = answer.text().getBytes(StandardCharsets.UTF_8);
    int length = Math.min(utf8.length, MAX_TEXT_BYTES);
    sender.send(frameEpoch, frame(ANSWER, id, answer.ok(), java.util.Arrays.copyOf(utf8, length)));
  }

  @Override
  public void close() {
    down("this agent ends");
    thread.shutdownNow();
  }
}
