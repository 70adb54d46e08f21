package io.lockstep.demo.recorder;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that writes numbered records with plain write(2) and rename(2) and never syncs.
 *
 * <p>Each record that the file system acknowledged is told to a collector outside both nodes, by a
 * datagram: one that is lost only means that the collector expects less. The collector's answers
 * say whether to go on; while it rests, the process says every 50 ms that it does.
 */
public final class Recorder {
  private static final long RECORD_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int FILE_EVERY = 40;

  private final String run;
  private final int index;
  private final Path home;
  private final DatagramChannel channel;
  private final FileChannel log;
  private long number;
  private boolean resting;

  private Recorder(Path directory, String run, int index, InetSocketAddress collector)
      throws IOException {
    this.run = run;
    this.index = index;
    this.home = Files.createDirectories(directory.resolve(RecordFormat.DIRECTORY).resolve(run));
    this.channel = DatagramChannel.open().connect(collector);
    this.channel.configureBlocking(false);
    this.log =
        FileChannel.open(
            home.resolve(RecordFormat.log(index)),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
  }

  private void recordForEver() throws IOException {
    // A recorder begins at rest: the collector says when the scenario wants records.
    resting = true;
    while (true) {
      listen();
      if (resting) {
        tell("rest");
        LockSupport.parkNanos(REST_NANOS);
      } else {
        record();
        tell(Long.toString(number));
        LockSupport.parkNanos(RECORD_NANOS);
      }
    }
  }

  private void record() throws IOException {
    long next = number + 1;
    ByteBuffer line = ByteBuffer.wrap(RecordFormat.line(index, next));
    if (next % FILE_EVERY != 0) {
      if (log.write(line) != line.limit()) {
        throw new IOException("a record was written only in part");
      }
    } else {
      Path file = home.resolve(RecordFormat.file(index, next));
      Path unfinished = home.resolve(RecordFormat.file(index, next) + RecordFormat.UNFINISHED);
      Files.write(unfinished, line.array());
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
    number = next;
  }

  private void tell(String what) {
    String message = "%s %d %s %d".formatted(run, index, what, System.currentTimeMillis());
    try {
      channel.write(ByteBuffer.wrap(message.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      // Nobody listens, or the node is cut off: the record then counts as not acknowledged.
      return;
    }
  }

  private void listen() {
    ByteBuffer answer = ByteBuffer.allocate(16);
    try {
      while (channel.read(answer) > 0) {
        resting = answer.get(0) == 'r';
        answer.clear();
      }
    } catch (IOException e) {
      // As above: no answer changes nothing.
      return;
    }
  }

  /**
   * Records until it is killed or the file system refuses.
   *
   * @param arguments the module's directory, the run's name, the number of this process, the
   *     collector's address and port
   * @throws IOException if a record cannot be written: it was not acknowledged
   */
  public static void main(String[] arguments) throws IOException {
    InetSocketAddress collector =
        new InetSocketAddress(arguments[3], Integer.parseInt(arguments[4]));
    new Recorder(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]), collector)
        .recordForEver();
  }
}
