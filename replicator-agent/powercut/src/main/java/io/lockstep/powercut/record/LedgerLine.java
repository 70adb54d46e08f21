package io.lockstep.powercut.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A recorder's connection to the ledger. What was said is heard even if the recorder is killed
 * right afterwards: the kernel delivers it. Used by one thread.
 */
final class LedgerLine implements AutoCloseable {
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final InputStream in;
  private boolean resting;

  LedgerLine(InetSocketAddress ledger, String run, String stream) throws IOException {
    socket.connect(ledger);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
    in = socket.getInputStream();
    say(run + " " + stream);
  }

  /** Says one line and waits until it was heard. */
  void say(String line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    int answer = in.read();
    if (answer < 0) {
      throw new IOException("the ledger is gone");
    }
    resting = answer == 'r';
  }

  /** Rests for as long as the ledger wants. */
  void awaitGo() throws IOException {
    while (resting) {
      say("rest");
      if (resting) {
        LockSupport.parkNanos(REST_NANOS);
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
