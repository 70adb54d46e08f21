package io.lockstep.powercut.guest;

import io.lockstep.demo.cluster.AgentApi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One virtual machine in QEMU's software emulation: two networks with the other guest, each a pair
 * of UDP ports on the loopback address, and one that only this process reaches. Used by one thread.
 *
 * <p>Its first serial port goes to a file. On the second one the guest's first process says what it
 * did, a line each, and takes the word {@code stop}.
 */
final class Guest {
  /** The nodes' names. */
  static final List<String> NAMES = List.of("guest-a", "guest-b");

  /** The port of the console inside. */
  static final int CONSOLE_PORT = 7443;

  private static final int FIRST_CONSOLE_PORT = 17443;
  private static final int FIRST_WIRE_PORT = 17500;
  private static final int MEMORY_MEBIBYTES = 1024;

  /** No vector units that the emulator would take apart into many steps. */
  private static final String PROCESSOR = "Westmere";

  /** Said by the listener when the machine has ended. */
  private static final String OFF = "(off)";

  private final int index;
  private final GuestImages images;
  private final Path home;
  private final AgentApi api;
  private BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private Process machine;

  /** Describes guest {@code index}, 0 or 1, whose data disk lies in {@code home}. */
  Guest(int index, GuestImages images, Path home) {
    this.index = index;
    this.images = images;
    this.home = home;
    this.api = new AgentApi("127.0.0.1", consolePort());
  }

  private int consolePort() {
    return FIRST_CONSOLE_PORT + index;
  }

  String name() {
    return NAMES.get(index);
  }

  /** The image of its data disk. */
  Path disk() {
    return home.resolve(name() + ".img");
  }

  /** What its kernel and everything else printed. */
  Path console() {
    return home.resolve(name() + ".console");
  }

  private Path qemu() {
    return home.resolve(name() + ".qemu");
  }

  /** Its agent. */
  AgentApi api() {
    return api;
  }

  /**
   * Gives it power.
   *
   * @throws IOException if QEMU cannot be started
   */
  void powerOn() throws IOException {
    said = new LinkedBlockingQueue<>();
    machine =
        new ProcessBuilder(command())
            .redirectError(ProcessBuilder.Redirect.appendTo(qemu().toFile()))
            .start();
    Process from = machine;
    BlockingQueue<String> into = said;
    Thread listener = new Thread(() -> listen(from, into), name() + "-listener");
    listener.setDaemon(true);
    listener.start();
  }

  private static void listen(Process machine, BlockingQueue<String> said) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(machine.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.add(line.strip());
      }
    } catch (IOException e) {
      // The machine lost its power in the middle of a line.
      return;
    } finally {
      said.add(OFF);
    }
  }

  /** Takes its power away: nothing in it is told. */
  void cutPower() throws InterruptedException {
    machine.destroyForcibly().waitFor();
  }

  /**
   * Waits until it says a line that begins so; returns the rest of that line.
   *
   * @throws IOException if it does not say so in time, with what it said
   */
  String awaitWord(String beginning, long patienceMs) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    List<String> heard = new ArrayList<>();
    while (true) {
      String line = said.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null || line.equals(OFF)) {
        throw new IOException(
            "%s %s and did not say '%s', but %s; its console is %s, what QEMU says %s"
                .formatted(
                    name(),
                    line == null ? "was waited for %d s".formatted(patienceMs / 1000) : "is off",
                    beginning,
                    heard,
                    console(),
                    qemu()));
      }
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length()).strip();
      }
      heard.add(line);
    }
  }

  /**
   * Ends its agent, unmounts its data disk, and waits until it is off.
   *
   * @throws IOException if it does not come to that
   */
  void stop(long patienceMs) throws IOException, InterruptedException {
    OutputStream in = machine.getOutputStream();
    in.write("stop\n".getBytes(StandardCharsets.US_ASCII));
    in.flush();
    awaitWord("stopped", patienceMs);
    cutPower();
  }

  private List<String> command() {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("qemu-system-x86_64", "-machine", "pc,accel=tcg", "-cpu", PROCESSOR));
    words.addAll(List.of("-smp", "1", "-m", MEMORY_MEBIBYTES + "M", "-nodefaults", "-no-reboot"));
    words.addAll(List.of("-display", "none", "-device", "virtio-rng-pci"));
    words.addAll(
        List.of(
            "-kernel",
            images.kernel().toString(),
            "-initrd",
            images.initramfs().toString(),
            "-append",
            "console=ttyS0 panic=-1 net.ifnames=0 mitigations=off random.trust_cpu=on quiet"));
    words.addAll(List.of("-serial", "file:" + console()));
    words.addAll(List.of("-chardev", "stdio,id=control,signal=off", "-serial", "chardev:control"));
    disk(words, images.base() + ",readonly=on");
    disk(words, images.product() + ",readonly=on");
    // What was written is the machine's, whatever was flushed: only this guest's power is cut.
    disk(words, disk() + ",cache=unsafe");
    wire(words, 0);
    wire(words, 1);
    words.addAll(
        List.of(
            "-netdev",
            "user,id=inside,hostfwd=tcp:127.0.0.1:%d-:%d".formatted(consolePort(), CONSOLE_PORT)));
    words.addAll(List.of("-device", "virtio-net-pci,romfile=,netdev=inside"));
    return words;
  }

  private static void disk(List<String> words, String image) {
    words.addAll(List.of("-drive", "if=virtio,format=raw,file=" + image));
  }

  /** One network of the pair. */
  private void wire(List<String> words, int number) {
    int mine = FIRST_WIRE_PORT + 2 * number + index;
    int theirs = FIRST_WIRE_PORT + 2 * number + 1 - index;
    String end = "%s.type=inet,%s.host=127.0.0.1,%s.port=%d";
    words.addAll(
        List.of(
            "-netdev",
            "dgram,id=wire%d,%s,%s"
                .formatted(
                    number,
                    end.formatted("local", "local", "local", mine),
                    end.formatted("remote", "remote", "remote", theirs))));
    words.addAll(
        List.of(
            "-device",
            "virtio-net-pci,romfile=,netdev=wire%d,mac=52:54:00:00:%02d:%02d"
                .formatted(number, number, index + 1)));
  }
}
