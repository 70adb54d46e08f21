package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The source's end of the channel: sends within a window, and waits for answers. One thread sends
 * and waits; any other may bring answers, or end it.
 *
 * <p>Small messages go together: a packet for each would cost more than what is in it. What waits
 * is sent when there is enough of it, and before anything is waited for.
 */
final class SourceSession {
  private static final long WINDOW_BYTES = 16 << 20;
  private static final int MAX_WAITING = 1 << 16;

  private final BulkChannel channel;
  private final long mostWaitingBytes;
  private final long timeoutMs;
  private final int togetherBytes;
  private final ReentrantLock lock;
  private final Condition changed;
  private final Deque<Answer> answers = new ArrayDeque<>();
  private long waitingBytes;

  /** Encoded, and not sent yet; of the thread that sends. */
  private final List<ByteBuffer> unsent = new ArrayList<>();

  private int unsentBytes;

  /** Whether a sender waits for the target to say how much it has received. */
  private boolean windowFull;

  private long sent;
  private long received;
  private IOException failure;

  /** A message as it came, of so many bytes. */
  private record Answer(Message message, int bytes) {}

  /**
   * Keeps at most {@code mostWaitingBytes} of answers, as they come, that nobody has taken yet, and
   * {@code togetherBytes} of messages that are not sent yet.
   */
  SourceSession(
      Execution execution,
      BulkChannel channel,
      long timeoutMs,
      long mostWaitingBytes,
      int togetherBytes) {
    this.mostWaitingBytes = mostWaitingBytes;
    this.togetherBytes = togetherBytes;
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.channel = channel;
    this.timeoutMs = timeoutMs;
  }

  /** Sends a message, perhaps only with those that follow: {@link #flush}, {@link #next}. */
  void send(Message message) throws IOException {
    ByteBuffer bytes = MessageCodec.encode(message);
    if (unsentBytes + bytes.remaining() > togetherBytes) {
      flush();
    }
    unsent.add(bytes);
    unsentBytes += bytes.remaining();
    if (unsentBytes > togetherBytes) {
      flush();
    }
  }

  /** Sends what is not sent yet. */
  void flush() throws IOException {
    if (unsent.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      awaitWindow();
      sent += unsentBytes;
    } finally {
      lock.unlock();
    }
    ByteBuffer[] together = unsent.toArray(ByteBuffer[]::new);
    unsent.clear();
    unsentBytes = 0;
    channel.send(together);
  }

  /** Waits, with the lock held, until the target has received enough of what was sent. */
  private void awaitWindow() throws IOException {
    windowFull = sent - received > WINDOW_BYTES;
    changed.signalAll();
    try {
      await(() -> sent - received > WINDOW_BYTES);
    } finally {
      windowFull = false;
    }
  }

  /** Bytes put on the channel. */
  long sentBytes() {
    lock.lock();
    try {
      return sent;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes what the target sent; blocks while too many bytes of answers wait to be taken.
   *
   * @throws IOException when the message is malformed, or the thread is interrupted
   */
  void onMessage(ByteBuffer buffer) throws IOException {
    int bytes = buffer.remaining();
    Message message = MessageCodec.decode(buffer);
    lock.lock();
    try {
      if (message instanceof Message.Received m) {
        received = Math.max(received, Math.min(m.bytes(), sent));
      } else if (message instanceof Message.Failed m) {
        fail("the target failed: " + m.reason());
      } else {
        answer(new Answer(message, bytes));
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Keeps an answer, with the lock held. A sender whose window is full goes on only by what comes
   * behind this answer: there is no waiting then.
   */
  private void answer(Answer answer) throws IOException {
    try {
      while (failure == null && !windowFull && isFull(answer)) {
        changed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reintegration interrupted");
    }
    if (answers.size() >= MAX_WAITING || isFull(answer)) {
      fail("the target sends answers that nobody asked for");
    } else {
      answers.add(answer);
      waitingBytes += answer.bytes();
    }
  }

  private boolean isFull(Answer next) {
    return !answers.isEmpty() && waitingBytes + next.bytes() > mostWaitingBytes;
  }

  /** Ends the session: whoever sends or waits gets an exception with the reason. */
  void abort(String reason) {
    lock.lock();
    try {
      fail(reason);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The next answer; what waits to be sent is sent before. */
  Message next() throws IOException {
    flush();
    lock.lock();
    try {
      await(answers::isEmpty);
      Answer oldest = answers.remove();
      waitingBytes -= oldest.bytes();
      changed.signalAll();
      return oldest.message();
    } finally {
      lock.unlock();
    }
  }

  /** The next answer, which must be of that kind. */
  <T extends Message> T next(Class<T> kind) throws IOException {
    Message message = next();
    if (!kind.isInstance(message)) {
      throw new IOException(
          message.getClass().getSimpleName() + " instead of " + kind.getSimpleName());
    }
    return kind.cast(message);
  }

  /** Waits, with the lock held, while {@code closed}; for a bounded time without any change. */
  private void await(BooleanSupplier closed) throws IOException {
    try {
      while (failure == null && closed.getAsBoolean()) {
        if (!changed.await(timeoutMs, TimeUnit.MILLISECONDS)) {
          throw new IOException("no answer from the target for " + timeoutMs + " ms");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reintegration interrupted");
    }
    check();
  }

  private void check() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private void fail(String reason) {
    if (failure == null) {
      failure = new IOException(reason);
    }
  }
}
