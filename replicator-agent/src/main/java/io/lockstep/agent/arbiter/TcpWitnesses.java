package io.lockstep.agent.arbiter;

import io.lockstep.failover.arbiter.WitnessDesk;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Machines that a node must be able to reach, at least one of them: a TCP connection that is
 * accepted, or refused by the machine itself, shows that the network works.
 */
public final class TcpWitnesses implements WitnessDesk.Witnesses {
  private final List<InetSocketAddress> witnesses;
  private final Duration timeout;

  /** Each is tried for {@code timeout} at most. */
  public TcpWitnesses(List<InetSocketAddress> witnesses, Duration timeout) {
    this.witnesses = List.copyOf(witnesses);
    this.timeout = timeout;
  }

  @Override
  public String isolated() {
    List<String> failures = new ArrayList<>();
    for (InetSocketAddress witness : witnesses) {
      try (Socket socket = new Socket()) {
        socket.connect(witness, (int) timeout.toMillis());
        return null;
      } catch (ConnectException e) {
        if (String.valueOf(e.getMessage()).contains("refused")) {
          return null;
        }
        failures.add(witness + ": " + e.getMessage());
      } catch (IOException e) {
        failures.add(witness + ": " + e.getMessage());
      }
    }
    return "no witness answers (" + String.join("; ", failures) + ")";
  }
}
