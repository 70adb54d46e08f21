package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.Errno;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers on the places of a connection's queues. Each runs on the processor of its queue,
 * makes its place known to the kernel, and serves it until the connection ends. Until the kernel
 * has taken a place for every processor it lets whoever asks for something wait: {@link #refused}
 * tells whether it has. Safe for any thread.
 */
final class QueueWorkers {
  private static final Logger LOG = LoggerFactory.getLogger(QueueWorkers.class);
  private static final int REGISTERED_WITHIN_S = 20;

  private final Path at;
  private final String connection;
  private final ProcessorQueues queues;
  private final FuseDispatcher dispatcher;
  private final Workers workers;
  private final AtomicInteger refused = new AtomicInteger();

  /** Places of which it is not known yet whether the kernel took them. */
  private final CountDownLatch unknown;

  /**
   * Of {@code connection}, the mount at {@code at}.
   *
   * @param workers in which one for each of the queues' first places is counted already
   */
  QueueWorkers(
      Path at,
      String connection,
      ProcessorQueues queues,
      FuseDispatcher dispatcher,
      Workers workers) {
    this.at = at;
    this.connection = connection;
    this.queues = queues;
    this.dispatcher = dispatcher;
    this.workers = workers;
    this.unknown = new CountDownLatch(queues.places().size());
  }

  /** Starts one on each of the queues' first places; does nothing where there are no queues. */
  void start() {
    if (!queues.isEmpty()) {
      queues.serveWith(this::serveFurther, this::abort);
    }
    queues.places().forEach(place -> serve(place, this::known));
  }

  private void known(int errno) {
    refused.compareAndSet(0, errno);
    unknown.countDown();
  }

  /**
   * Why the kernel did not take one of the first places, as an error number; 0 if it took all. If
   * not it may wait for ever for the rest: the connection must be ended. Waits until it is known,
   * for 20 s at most.
   */
  int refused() throws InterruptedException {
    boolean all = unknown.await(REGISTERED_WITHIN_S, TimeUnit.SECONDS);
    return all ? refused.get() : Errno.EAGAIN;
  }

  /**
   * A further worker, beside one that runs. What came before its place is known waits for the next
   * request or answer on that processor, which may never come: so it is asked for something itself.
   */
  private void serveFurther(QueueChannel place) {
    workers.began();
    try {
      serve(place, errno -> poke(place.processor()));
    } catch (OutOfMemoryError e) {
      workers.ended();
      throw e;
    }
  }

  /** By another process: this one could not end while it waits for itself. */
  private void poke(int processor) {
    String[] command = {"taskset", "-c", Integer.toString(processor), "stat", "-f", at.toString()};
    try {
      new ProcessBuilder(command)
          .directory(new File("/"))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn(
          "What waits on processor {} of {} may wait longer: {}", processor, at, e.getMessage());
    }
  }

  /** {@code known} is told with what error number the kernel took the place, or 0. */
  private void serve(QueueChannel place, IntConsumer known) {
    FuseWorker worker = new FuseWorker(place, dispatcher, () -> {});
    workers.start(() -> run(worker, place, known), "cpu" + place.processor());
  }

  private void run(FuseWorker worker, QueueChannel place, IntConsumer known) {
    try {
      FuseSystem.stayOn(place.processor());
      int errno = place.register();
      known.accept(errno);
      if (errno == 0) {
        worker.run();
      } else {
        place.broken();
      }
    } finally {
      place.close();
      workers.ended();
    }
  }

  private void abort() {
    try {
      FuseConnections.abort(connection);
    } catch (IOException e) {
      LOG.error("the connection of {} is broken and cannot be ended: {}", at, e.getMessage());
    }
  }
}
