package io.lockstep.powercut.guest;

import io.lockstep.demo.Say;
import io.lockstep.demo.judge.TreeComparison;
import io.lockstep.powercut.record.LedgerJudge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The smoke test on another kernel: a pair writes, the machine that serves loses its power, the
 * other takes over, the first boots again and returns; then both machines are turned off and both
 * disks are judged.
 *
 * <pre>
 * GuestSmoke IMAGES KEY HOME    IMAGES: directory with vmlinuz, initramfs, base.img, product.img
 * </pre>
 *
 * <p>Exit codes: 0 nothing is lost and both trees are equal, 1 anything else.
 */
public final class GuestSmoke {
  private static final int WRITES = 200;
  private static final int MOST_MS = 3_000;

  private final GuestPair pair;
  private final Path home;
  private final Say say;
  private final List<String> problems = new ArrayList<>();

  private GuestSmoke(GuestPair pair, Path home, Say say) {
    this.pair = pair;
    this.home = home;
    this.say = say;
  }

  /** Plays and exits. */
  public static void main(String[] arguments) {
    Say say = new Say(false);
    Path images = Path.of(arguments[0]);
    Path home = Path.of(arguments[2]);
    GuestImages boot =
        new GuestImages(
            images.resolve("vmlinuz"),
            images.resolve("initramfs"),
            images.resolve("base.img"),
            images.resolve("product.img"));
    boolean good = false;
    try (GuestPair pair = new GuestPair(boot, Path.of(arguments[1]), home, say)) {
      good = new GuestSmoke(pair, home, say).play();
    } catch (IOException | RuntimeException e) {
      say.progress("FAILED: %s", e.getMessage());
    } catch (InterruptedException e) {
      say.progress("interrupted");
    }
    System.exit(good ? 0 : 1);
  }

  private boolean play() throws IOException, InterruptedException {
    long began = System.nanoTime();
    for (Guest guest : pair.guests()) {
      guest.powerOn();
    }
    String kernel = "";
    for (Guest guest : pair.guests()) {
      kernel = pair.awaitUp(guest);
    }
    double bootS = since(began);
    say.progress("both guests run Linux %s after %.1f s", kernel, bootS);
    pair.awaitProtected();
    double protectedS = since(began);
    say.progress("PROTECTED after %.1f s", protectedS);

    Guest primary = pair.serving();
    Guest survivor = pair.peerOf(primary);
    pair.ledger().resume();
    pair.awaitWrites(WRITES);
    TimeUnit.MILLISECONDS.sleep(new Random().nextInt(MOST_MS));
    pair.awaitProtected();
    long cut = System.nanoTime();
    primary.cutPower();
    long atCut = pair.ledger().writes();
    say.progress("%s lost its power after %d acknowledged writes", primary.name(), atCut);
    pair.awaitWrites(1);
    double takeoverS = since(cut);
    say.progress("%s serves: no write was answered for %.1f s", survivor.name(), takeoverS);
    pair.awaitWrites(WRITES);

    long back = System.nanoTime();
    primary.powerOn();
    pair.awaitUp(primary);
    double rebootS = since(back);
    pair.awaitProtected();
    double returnS = since(back);
    say.progress(
        "%s is back: booted after %.1f s, PROTECTED after %.1f s",
        primary.name(), rebootS, returnS);
    pair.awaitWrites(WRITES);
    pair.rest();
    pair.stop();
    long lost = judge();
    say.text(
        "Linux %s: boot %.1f s, PROTECTED after %.1f s, takeover %.1f s (detection %d s), return %.1f s;"
                .formatted(
                    kernel, bootS, protectedS, takeoverS, GuestPair.TAKEOVER_AFTER_S, returnS)
            + " %d writes acknowledged (%d of them before the cut), %d synced, lost %d; %s"
                .formatted(
                    pair.ledger().writes(),
                    atCut,
                    pair.ledger().syncs(),
                    lost,
                    problems.isEmpty() ? "both trees are equal" : problems.size() + " problems"));
    return problems.isEmpty();
  }

  private static double since(long ns) {
    return (System.nanoTime() - ns) / 1e9;
  }

  /** Both trees against the ledger and against each other; returns how many writes are lost. */
  private long judge() throws IOException {
    List<Path> trees = new ArrayList<>();
    long lost = 0;
    for (Guest guest : pair.guests()) {
      Path tree = GuestPair.mount(guest, home.resolve("judged-" + guest.name()));
      LedgerJudge.Finding finding =
          LedgerJudge.judge(tree, pair.ledger(), LedgerJudge.Promise.ACKNOWLEDGED);
      say.progress(
          "%s: %d acknowledged writes looked for, lost %d",
          guest.name(), finding.expected(), finding.lost());
      finding.problems().forEach(problem -> problem(guest.name() + ": " + problem));
      lost += finding.lost();
      trees.add(tree);
    }
    TreeComparison.differences(trees.get(0), trees.get(1))
        .forEach(difference -> problem("the trees differ: " + difference));
    return lost;
  }

  private void problem(String what) {
    problems.add(what);
    if (problems.size() <= 10) {
      say.progress("  %s", what);
    }
  }
}
