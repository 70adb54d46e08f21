package io.lockstep.powercut.guest;

import io.lockstep.demo.Say;
import io.lockstep.demo.cluster.AgentApi;
import io.lockstep.demo.topology.Shell;
import io.lockstep.powercut.record.Ledger;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Two guests with an agent and a recorder each, and the ledger outside of both. Used by one thread.
 *
 * <p>Runs in a network namespace of its own, whose loopback address is all that there is: nothing
 * leaves the machine, and no port is taken by anybody else.
 */
final class GuestPair implements AutoCloseable {
  /** Lockstep's default. */
  static final int TAKEOVER_AFTER_S = 30;

  /** An emulated processor is twenty to fifty times slower, and may share its real one. */
  private static final long PATIENCE_MS = TimeUnit.MINUTES.toMillis(10);

  private static final long POLL_MS = 200;

  private final Say say;
  private final Ledger ledger;
  private final List<Guest> guests = new ArrayList<>();

  /**
   * Makes both data disks below {@code home}; nothing has power yet.
   *
   * @param key the cluster's key file
   * @throws IOException if a file cannot be written
   */
  GuestPair(GuestImages images, Path key, Path home, Say say) throws IOException {
    this.say = say;
    this.ledger = new Ledger(InetAddress.getLoopbackAddress());
    for (int index = 0; index < 2; index++) {
      Guest guest = new Guest(index, images, home);
      Path scratch = Files.createDirectories(home.resolve("files-" + guest.name()));
      GuestFiles.image(guest.disk(), index, key, ledger.port(), scratch);
      guests.add(guest);
    }
  }

  List<Guest> guests() {
    return guests;
  }

  Ledger ledger() {
    return ledger;
  }

  Guest peerOf(Guest guest) {
    return guests.get(guest == guests.get(0) ? 1 : 0);
  }

  /** Waits until the guest's kernel and first process run; returns the kernel's release. */
  String awaitUp(Guest guest) throws IOException, InterruptedException {
    return guest.awaitWord("up ", PATIENCE_MS);
  }

  /** Waits until both agents say that the module is protected. */
  void awaitProtected() throws IOException, InterruptedException {
    await(
        "PROTECTED",
        () ->
            guests.stream()
                .allMatch(
                    guest ->
                        guest
                            .api()
                            .status()
                            .filter(AgentApi.ModuleStatus::isProtected)
                            .isPresent()));
  }

  /** The guest that serves, as soon as exactly one says so. */
  Guest serving() throws IOException, InterruptedException {
    List<Guest> found = new ArrayList<>();
    await(
        "one guest that serves",
        () -> {
          found.clear();
          guests.stream()
              .filter(
                  guest -> guest.api().status().filter(AgentApi.ModuleStatus::serves).isPresent())
              .forEach(found::add);
          return found.size() == 1;
        });
    return found.get(0);
  }

  /** Waits until so many more writes were acknowledged. */
  void awaitWrites(long more) throws IOException, InterruptedException {
    if (!ledger.awaitWrites(more, PATIENCE_MS)) {
      throw new IOException("the recorders do not write: " + describe());
    }
  }

  /** Lets the recorders rest. */
  void rest() throws IOException, InterruptedException {
    if (!ledger.pause(PATIENCE_MS)) {
      throw new IOException("the recorders do not come to rest: " + describe());
    }
  }

  /** Ends both guests in order, the one that follows first, once it has applied everything. */
  void stop() throws IOException, InterruptedException {
    Guest serving = serving();
    await(
        "everything applied",
        () ->
            guests.stream()
                .allMatch(
                    guest ->
                        guest.api().status().filter(status -> status.lagBytes() == 0).isPresent()));
    peerOf(serving).stop(PATIENCE_MS);
    serving.stop(PATIENCE_MS);
  }

  private void await(String what, BooleanSupplier condition)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "%s was not reached within %d s: %s".formatted(what, PATIENCE_MS / 1000, describe()));
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
  }

  private String describe() {
    StringBuilder words = new StringBuilder();
    for (Guest guest : guests) {
      words
          .append(words.isEmpty() ? "" : "; ")
          .append(guest.name())
          .append(": ")
          .append(
              guest
                  .api()
                  .status()
                  .map(status -> status.role() + ", " + status.verdict())
                  .orElse("does not answer"));
    }
    return words.toString();
  }

  /** Takes the power of both. */
  @Override
  public void close() throws IOException {
    ledger.close();
    for (Guest guest : guests) {
      try {
        guest.cutPower();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    say.progress("both guests are off");
  }

  /** Mounts a data disk of a guest that is off, read-only; the caller's mounts are its own. */
  static Path mount(Guest guest, Path place) throws IOException {
    Shell.run(
        "mount",
        "-o",
        "ro,loop",
        guest.disk().toString(),
        Files.createDirectories(place).toString());
    return place.resolve(GuestFiles.TREE);
  }
}
