package io.lockstep.agent.node;

import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Execution;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks the network whether another host answers at virtual addresses, at all of them at once. */
final class AddressProbe {
  private static final Duration PROBE = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Execution execution;
  private final Addresses addresses;

  AddressProbe(Execution execution, Addresses addresses) {
    this.execution = execution;
    this.addresses = addresses;
  }

  /**
   * Returns when none is taken; a dying peer may need a moment to let an address go.
   *
   * @throws IOException when one stays taken
   */
  void refuseTaken(List<VirtualAddress> wanted) throws IOException, InterruptedException {
    long endNs = execution.nanoTime() + PATIENCE.toNanos();
    List<VirtualAddress> taken = taken(wanted);
    while (!taken.isEmpty() && execution.nanoTime() < endNs) {
      taken = taken(taken);
    }
    if (!taken.isEmpty()) {
      VirtualAddress first = taken.get(0);
      throw new IOException(
          "another host answers at the virtual address "
              + first.address().getHostAddress()
              + " on "
              + first.networkInterface()
              + ": find that host and take the address from it");
    }
  }

  private List<VirtualAddress> taken(List<VirtualAddress> wanted)
      throws IOException, InterruptedException {
    List<Question> questions = new ArrayList<>();
    for (VirtualAddress address : wanted) {
      questions.add(new Question(address));
    }
    List<VirtualAddress> taken = new ArrayList<>();
    for (Question question : questions) {
      if (question.answer()) {
        taken.add(question.address);
      }
    }
    return taken;
  }

  /** One address, asked for on a thread of its own. */
  private final class Question {
    private final VirtualAddress address;
    private final Execution.Task task;
    private volatile boolean taken;
    private volatile IOException failure;

    Question(VirtualAddress address) {
      this.address = address;
      this.task = execution.task("address-probe", this::ask);
      task.start();
    }

    private void ask() {
      try {
        taken = addresses.takenByAnother(address, PROBE);
      } catch (IOException e) {
        failure = e;
      }
    }

    boolean answer() throws IOException, InterruptedException {
      if (!task.join(PATIENCE.toMillis())) {
        throw new IOException("no answer to the question who has " + address);
      }
      if (failure != null) {
        throw new IOException(failure.getMessage(), failure);
      }
      return taken;
    }
  }
}
