package io.lockstep.powercut.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the disk of the power cuts keeps and loses. */
class PowerDiskTest {
  private static final int SIZE = 1 << 20;
  private static final int PLACE = 512 * 1024;

  @TempDir Path home;
  private PowerDisk disk;

  @BeforeEach
  void empty() throws IOException {
    for (String image : new String[] {"seen", "stable"}) {
      Files.write(home.resolve(image), new byte[SIZE]);
    }
    disk = new PowerDisk(home.resolve("seen"), home.resolve("stable"), SIZE);
    disk.on();
  }

  @AfterEach
  void close() throws IOException {
    disk.close();
  }

  private void write(int value, int bytes, long offset) throws IOException {
    byte[] content = new byte[bytes];
    Arrays.fill(content, (byte) value);
    disk.write(ByteBuffer.wrap(content), offset);
  }

  private byte[] read(int bytes, long offset) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(bytes);
    disk.read(into, offset);
    return into.array();
  }

  private PowerDisk.Loss cut(Survival.Way way, long seed) {
    disk.off();
    PowerDisk.Loss loss = disk.lose(new Survival(way), new Random(seed));
    disk.on();
    return loss;
  }

  @Test
  void whatWasFlushedIsThereAndWhatWasNotIsLost() throws IOException {
    write(1, 8192, PLACE);
    disk.flush();
    write(2, 4096, PLACE + 4096);
    assertThat(read(1, PLACE + 4096)).as("reads see the cache").containsExactly(2);
    PowerDisk.Loss loss = cut(Survival.Way.NOTHING, 1);
    assertThat(loss).isEqualTo(new PowerDisk.Loss(1, 4096, 0, 0));
    assertThat(read(8192, PLACE)).containsOnly(1);
  }

  @Test
  void aPrefixKeepsNothingBehindWhatItLost() throws IOException {
    for (long seed = 0; seed < 50; seed++) {
      for (int i = 0; i < 20; i++) {
        write(100 + i, 512, PLACE + i * 4096L);
      }
      cut(Survival.Way.PREFIX, seed);
      boolean lost = false;
      for (int i = 0; i < 20; i++) {
        boolean there = read(1, PLACE + i * 4096L)[0] == 100 + i;
        assertThat(there && lost).as("seed %d, write %d", seed, i).isFalse();
        lost |= !there;
      }
      write(0, 20 * 4096, PLACE);
      disk.flush();
    }
  }

  @Test
  void aSubsetTearsWritesBetweenSectorsButNoSuperblock() throws IOException {
    int torn = 0;
    for (long seed = 0; seed < 200; seed++) {
      write(1, 4096, 0);
      write(1, 4096, PLACE);
      cut(Survival.Way.SUBSET, seed);
      byte[] page = read(4096, PLACE);
      boolean partly = false;
      for (int sector = 512; sector < page.length; sector += 512) {
        partly |= page[sector] != page[0];
      }
      torn += partly ? 1 : 0;
      assertThat(read(4096, 0)).containsOnly(read(1, 0)[0]);
      write(0, 4096, 0);
      write(0, 4096, PLACE);
      disk.flush();
    }
    assertThat(torn).isBetween(5, 60);
  }

  @Test
  void nobodyIsAnsweredBetweenTheCutAndTheEnd() throws Exception {
    write(1, 512, PLACE);
    CompletableFuture<Void> hold =
        CompletableFuture.runAsync(
            () -> {
              try {
                disk.hold(20_000);
              } catch (InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    CompletableFuture<Void> flush =
        CompletableFuture.runAsync(
            () -> {
              try {
                // The first that comes once the disk waits for it is the moment of the cut.
                while (!hold.isDone()) {
                  write(1, 512, PLACE);
                  disk.flush();
                }
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
    hold.get(10, TimeUnit.SECONDS);
    assertThat(flush).isNotDone();
    disk.off();
    flush.get(10, TimeUnit.SECONDS);
    PowerDisk.Loss loss = disk.lose(new Survival(Survival.Way.NOTHING), new Random(1));
    assertThat(loss.writes()).as("the flush was answered and did nothing").isPositive();
  }
}
