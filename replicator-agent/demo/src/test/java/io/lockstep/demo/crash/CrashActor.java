package io.lockstep.demo.crash;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.lockstep.replicator.port.CrashPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills or stops an agent at the point that its control file names. Lives on the class path of the
 * agents of a crash matrix only.
 *
 * <p>The control file holds {@code POINT SIGNAL SKIP}: at the visit of POINT after SKIP others the
 * process sends itself SIGNAL (9 or 19), having noted so in the file {@code CONTROL.reached}. The
 * file is looked at every 10 ms by a thread of its own and once at the start, so that a point of
 * the start can be armed before it.
 */
public final class CrashActor implements CrashPoint.Actor {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private record Order(String text, CrashPoint point, int signal, AtomicInteger skip) {
    static Order of(String text) {
      String[] words = text.strip().split(" ");
      return words.length != 3
          ? NONE
          : new Order(
              text,
              CrashPoint.valueOf(words[0]),
              Integer.parseInt(words[1]),
              new AtomicInteger(Integer.parseInt(words[2])));
    }
  }

  private static final Order NONE = new Order("", null, 0, new AtomicInteger());

  private final Path control;
  private final Function kill = NativeLibrary.getInstance("c").getFunction("kill");
  private volatile Order order = NONE;

  /** Looks for the control file that the environment names; without one nothing ever happens. */
  public CrashActor() {
    String directory = System.getenv("LOCKSTEP_CRASH_CONTROL");
    String node = System.getenv("LOCKSTEP_CRASH_NODE");
    control = directory == null ? null : Path.of(directory, node == null ? "node" : node);
    if (control != null) {
      look();
      Thread watcher = new Thread(this::watch, "crash-control");
      watcher.setDaemon(true);
      watcher.start();
    }
  }

  private void watch() {
    while (true) {
      LockSupport.parkNanos(LOOK_NANOS);
      look();
    }
  }

  private void look() {
    try {
      String text = Files.exists(control) ? Files.readString(control) : "";
      if (!text.equals(order.text())) {
        order = Order.of(text);
      }
    } catch (IOException e) {
      order = NONE; // between two orders
    }
  }

  @Override
  public void reached(CrashPoint point) {
    Order now = order;
    if (now.point() == point && now.skip().getAndDecrement() == 0) {
      act(now);
    }
  }

  private void act(Order now) {
    try {
      Files.writeString(
          control.resolveSibling(control.getFileName() + ".reached"),
          now.point().name() + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int unused = kill.invokeInt(new Object[] {(int) ProcessHandle.current().pid(), now.signal()});
  }
}
