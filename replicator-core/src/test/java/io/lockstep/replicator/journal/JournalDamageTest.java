package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a loss of power and a failing disk leave behind. */
class JournalDamageTest {
  private static final int PAYLOAD = 21;
  private static final int DOCUMENT = 4 + RecordFormat.bytes(PAYLOAD);

  @TempDir Path directory;
  private int checks;

  private ChronicleJournal open(long mark) throws IOException {
    return open(mark, true);
  }

  private ChronicleJournal open(long mark, boolean lostPower) throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        ChronicleAppender::new,
        new JournalOptions(directory, 4 << 20, 16 << 20, 0),
        mark,
        lostPower);
  }

  /** Ten records, forced through {@code forced}, the rest not. */
  private byte[] tenRecords(long forced) throws IOException {
    return tenRecords(forced, PAYLOAD);
  }

  private byte[] tenRecords(long forced, int payload) throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, forced, payload);
      journal.force();
      Records.append(journal, forced + 1, 10, payload);
    }
    return Files.readAllBytes(Records.queueFile(directory, 1));
  }

  private void restore(byte[] content) throws IOException {
    for (Path each : new SystemDisk().list(directory)) {
      if (each.getFileName().toString().startsWith("segment-") && Segment.firstOf(each) != 1) {
        Recovery.delete(new SystemDisk(), each);
      }
    }
    Path segment = Segment.directory(directory, 1);
    Files.createDirectories(segment);
    for (Path each : new SystemDisk().list(segment)) {
      Files.delete(each);
    }
    Files.write(segment.resolve("19700101H.cq4"), content);
  }

  private void expectPrefix(byte[] content, long last) throws IOException {
    restore(content);
    try (ChronicleJournal journal = open(0)) {
      assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(1, last));
      if (checks++ % 5 == 0) { // a new segment each time would take most of the test's time
        Records.append(journal, last + 1, last + 2, PAYLOAD);
        assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(1, last + 2));
      }
    }
  }

  @Test
  void keepsTheWholePrefixOfATailTornAtAnyByte() throws IOException {
    byte[] whole = tenRecords(5);
    int start = whole.length - 2 * DOCUMENT;
    for (int cut = start + 1; cut < whole.length; cut += 5) {
      byte[] truncated = java.util.Arrays.copyOf(whole, cut);
      expectPrefix(truncated, cut < start + DOCUMENT ? 8 : 9);
      byte[] zeroed = whole.clone();
      java.util.Arrays.fill(zeroed, cut, whole.length, (byte) 0);
      // zeros in place of zero padding are no damage
      if (cut < whole.length - 3) {
        expectPrefix(zeroed, cut < start + DOCUMENT - 3 ? 8 : 9);
      }
    }
  }

  @Test
  void findsAFlippedBitAnywhereInTheLastRecord() throws IOException {
    byte[] whole = tenRecords(5);
    int start = whole.length - DOCUMENT;
    // every byte of the length, then one byte of each field and of each word of the payload
    for (int at = start; at < whole.length; at += at < start + 4 ? 1 : 4) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x20;
      expectPrefix(flipped, 9);
    }
    assertThat(new SystemDisk().list(directory.resolve("aside"))).hasSizeBetween(1, 3);
  }

  @Test
  void refusesDamageBelowTheCallersMarkAndChangesNothing() throws IOException {
    byte[] whole = tenRecords(1);
    for (int record = 1; record <= 10; record++) {
      byte[] damaged = whole.clone();
      damaged[whole.length - (11 - record) * DOCUMENT + 20] ^= 1;
      refuses(damaged, record, record);
      if (record > 1) {
        expectPrefix(damaged, record - 1);
      }
    }
  }

  @Test
  void refusesDamageThatALaterRecordKnewToBeDurable() throws IOException {
    byte[] whole = tenRecords(7);
    for (int record = 1; record <= 7; record++) {
      byte[] damaged = whole.clone();
      int at = whole.length - (11 - record) * DOCUMENT;
      java.util.Arrays.fill(damaged, at, at + DOCUMENT, (byte) 0);
      refuses(damaged, 0, record);
    }
  }

  @Test
  void setsAsideWhatLiesBehindAHoleAboveTheMark() throws IOException {
    byte[] whole = tenRecords(5);
    int at = whole.length - 3 * DOCUMENT;
    java.util.Arrays.fill(whole, at, at + DOCUMENT, (byte) 0);
    expectPrefix(whole, 7);
    try (ChronicleJournal journal = open(9)) { // with the two that were appended after it
      assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(1, 9));
    }
    assertThat(new SystemDisk().list(directory.resolve("aside"))).hasSize(1);
  }

  @Test
  void refusesAPageOfZerosInTheMiddle() throws IOException {
    try (ChronicleJournal journal = open(0)) {
      Records.append(journal, 1, 50, 4096);
      journal.force();
      Records.append(journal, 51, 51, 4096);
    }
    try (RandomAccessFile file =
        new RandomAccessFile(Records.queueFile(directory, 1).toFile(), "rw")) {
      file.seek(25 * 4096);
      file.write(new byte[4096]);
    }
    assertThatThrownBy(() -> open(0)).isInstanceOf(JournalCorruptException.class);
  }

  @Test
  void refusesALostJournal() throws IOException {
    assertThatThrownBy(() -> open(5)).isInstanceOf(JournalCorruptException.class);
    tenRecords(10);
    assertThatThrownBy(() -> open(11)).isInstanceOf(JournalCorruptException.class);
  }

  @Test
  void findsDamageInAnOlderSegmentWhenItIsRead() throws IOException {
    JournalOptions small = new JournalOptions(directory, 64 << 10, 16 << 20, 0);
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(), new SystemDisk(), ChronicleAppender::new, small, 0, true)) {
      Records.append(journal, 1, 100, 4096);
      journal.force();
    }
    try (RandomAccessFile file =
        new RandomAccessFile(Records.queueFile(directory, 1).toFile(), "rw")) {
      file.seek(file.length() - 3000);
      file.write(1);
    }
    try (ChronicleJournal journal =
        ChronicleJournal.open(
            new SystemExecution(), new SystemDisk(), ChronicleAppender::new, small, 100, true)) {
      assertThatThrownBy(() -> Records.check(journal, 4096))
          .isInstanceOf(JournalCorruptException.class);
    }
  }

  @Test
  void startsOverAndKeepsTheDamagedCopy() throws IOException {
    tenRecords(10);
    assertThatThrownBy(() -> open(20)).isInstanceOf(JournalCorruptException.class);
    try (ChronicleJournal journal =
        ChronicleJournal.startOver(
            new SystemExecution(),
            new SystemDisk(),
            ChronicleAppender::new,
            new JournalOptions(directory, 4 << 20, 16 << 20, 0),
            40)) {
      Records.append(journal, 40, 41, PAYLOAD);
    }
    assertThat(new SystemDisk().list(directory.resolve("aside"))).isNotEmpty();
    try (ChronicleJournal journal = open(41)) {
      assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(40, 41));
    }
  }

  @Test
  void doesNotTrustAJournalThatCouldNotBeForced() throws IOException {
    tenRecords(5);
    Files.createFile(directory.resolve("force-failed"));
    assertThatThrownBy(() -> open(0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("forcing");
  }

  @Test
  void whereNoPowerWasLostAFlippedBitInTheLastRecordIsDamage() throws IOException {
    byte[] whole = tenRecords(5);
    int start = whole.length - DOCUMENT;
    for (int at = start; at < whole.length - 3; at++) {
      for (int bit = at < start + 4 ? 0 : at % 3; bit < 8; bit += at < start + 4 ? 1 : 3) {
        byte[] flipped = whole.clone();
        flipped[at] = (byte) (flipped[at] ^ (1 << bit));
        refuses(flipped, 0, 10, false);
      }
    }
  }

  @Test
  void whereNoPowerWasLostWhatLiesBehindAHoleIsDamage() throws IOException {
    byte[] whole = tenRecords(5);
    int at = whole.length - 3 * DOCUMENT;
    byte[] hole = whole.clone();
    java.util.Arrays.fill(hole, at, at + DOCUMENT, (byte) 0);
    refuses(hole, 0, 8, false);
    byte[] headless = whole.clone();
    java.util.Arrays.fill(headless, at, at + 4, (byte) 0);
    refuses(headless, 0, 8, false);
  }

  /** A record of 64 bytes: were that its document's length, one bit would be all of its header. */
  @Test
  void noBitThatFlipsMakesAnAppendedRecordLookLikeOneThatWasBeingAppended() throws IOException {
    int payload = 64 - RecordFormat.HEADER_BYTES;
    byte[] whole = tenRecords(5, payload);
    int start = whole.length - 4 - RecordFormat.documentBytes(payload);
    for (int bit = 0; bit < 32; bit++) {
      byte[] flipped = whole.clone();
      flipped[start + bit / 8] ^= (byte) (1 << bit % 8);
      if (flipped[start] == 64) { // as an earlier version had it
        restore(flipped);
        try (ChronicleJournal journal = open(0, false)) {
          assertThat(Records.check(journal, payload)).isEqualTo(Records.range(1, 10));
        }
      } else {
        refuses(flipped, 0, 10, false);
      }
    }
  }

  @Test
  void readsRecordsOfEarlierVersionsWhoseDocumentsHadPowersOfTwo() throws IOException {
    int payload = 64 - RecordFormat.HEADER_BYTES;
    byte[] whole = tenRecords(10, payload);
    int document = 4 + RecordFormat.documentBytes(payload);
    int from = whole.length - 10 * document;
    byte[] earlier = java.util.Arrays.copyOf(whole, from + 10 * (4 + 64));
    for (int i = 0; i < 10; i++) {
      System.arraycopy(whole, from + i * document, earlier, from + i * (4 + 64), 4 + 64);
      earlier[from + i * (4 + 64)] = 64;
    }
    restore(earlier);
    try (ChronicleJournal journal = open(10, false)) {
      assertThat(Records.check(journal, payload)).isEqualTo(Records.range(1, 10));
    }
  }

  /** The queue writes a record first and its header last, and a copy may begin at either end. */
  @Test
  void aKilledProcessLeavesTheRecordThatItWasAppending() throws IOException {
    byte[] whole = tenRecords(5);
    int start = whole.length - DOCUMENT;
    for (int cut = start + 4; cut <= whole.length; cut += 5) {
      byte[] headless = whole.clone();
      java.util.Arrays.fill(headless, start, start + 4, (byte) 0);
      byte[] front = headless.clone();
      java.util.Arrays.fill(front, cut, whole.length, (byte) 0);
      expectNine(front);
      byte[] back = headless.clone();
      java.util.Arrays.fill(back, start, cut, (byte) 0);
      expectNine(back);
    }
  }

  private void expectNine(byte[] torn) throws IOException {
    restore(torn);
    try (ChronicleJournal journal = open(0, false)) {
      assertThat(Records.check(journal, PAYLOAD)).isEqualTo(Records.range(1, 9));
    }
  }

  @Test
  void whereNoPowerWasLostMoreThanOneRecordWithoutAHeaderIsDamage() throws IOException {
    byte[] whole = tenRecords(5);
    int most = 4 + RecordFormat.documentBytes(RecordFormat.MAX_PAYLOAD_BYTES);
    byte[] stray = java.util.Arrays.copyOf(whole, whole.length + most + 8);
    stray[whole.length + most - 1] = 1;
    restore(stray);
    try (ChronicleJournal journal = open(0, false)) {
      assertThat(journal.lastSequence()).isEqualTo(10);
    }
    stray[whole.length + most + 4] = 1;
    refuses(stray, 0, 11, false);
  }

  private void refuses(byte[] damaged, long mark, long record) throws IOException {
    refuses(damaged, mark, record, true);
  }

  private void refuses(byte[] damaged, long mark, long record, boolean lostPower)
      throws IOException {
    restore(damaged);
    var before = Records.snapshot(directory);
    assertThatThrownBy(() -> open(mark, lostPower))
        .isInstanceOf(JournalCorruptException.class)
        .hasMessageContaining("record " + record);
    assertThat(Records.snapshot(directory)).isEqualTo(before);
  }
}
