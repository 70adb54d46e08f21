package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The source's end of the channel: sends within a window, and waits for answers. Thread-safe. */
final class SourceSession {
  private static final long WINDOW_BYTES = 16 << 20;
  private static final int MAX_WAITING = 1 << 16;

  private final BulkChannel channel;
  private final long mostWaitingBytes;
  private final long timeoutMs;
  private final ReentrantLock lock;
  private final Condition changed;
  private final Deque<Answer> answers = new ArrayDeque<>();
  private long waitingBytes;

  /** Whether a sender waits for the target to say how much it has received. */
  private boolean windowFull;

  private long sent;
  private long received;
  private IOException failure;

  /** A message as it came, of so many bytes. */
  private record Answer(Message message, int bytes) {}

  /** Keeps at most {@code mostWaitingBytes} of answers, as they come, that nobody has taken yet. */
  SourceSession(Execution execution, BulkChannel channel, long timeoutMs, long mostWaitingBytes) {
    this.mostWaitingBytes = mostWaitingBytes;
    this.lock = execution.lock();
    this.changed = lock.newCondition();
    this.channel = channel;
    this.timeoutMs = timeoutMs;
  }

  void send(Message message) throws IOException {
    ByteBuffer bytes = MessageCodec.encode(message);
    lock.lock();
    try {
      awaitWindow();
      sent += bytes.remaining();
    } finally {
      lock.unlock();
    }
    channel.send(bytes);
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

  /** The next answer. */
  Message next() throws IOException {
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
