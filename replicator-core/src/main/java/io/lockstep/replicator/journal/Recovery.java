package io.lockstep.replicator.journal;

import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out at opening how far the journal is whole, and only then mends it.
 *
 * <p>After a loss of power any subset of what was not forced may be missing: a torn record, a hole
 * with whole records behind it, a missing segment. All of that lies above the durable mark, and
 * everything from the first bad record on is set aside. A bad record at or below the mark, the
 * caller's or one that any whole record claims, is damage of the disk: nothing is touched then.
 *
 * <p>On a machine that kept its power the death of the process tears only the record that it was
 * appending, and leaves that without a header, which comes last. Anything else that is bad is
 * damage there, wherever it is: the peer may have been told of what it was.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final int ASIDE_KEPT = 3;

  private final Disk disk;
  private final Path journal;
  private final long mark;
  private final boolean lostPower;
  private final List<Segment> whole = new ArrayList<>();
  private final List<Path> dropped = new ArrayList<>();
  private Segment torn;
  private long claimed;
  private long expected;
  private boolean broken;
  private boolean rotten;

  Recovery(Disk disk, Path journal, long mark, boolean lostPower) {
    this.disk = disk;
    this.journal = journal;
    this.mark = mark;
    this.lostPower = lostPower;
    this.claimed = mark;
  }

  /** Returns the segments in order, all durable; at least one. */
  List<Segment> run(SegmentWriter.Maker writers) throws IOException {
    finishRenames();
    List<Path> directories = segments();
    try {
      analyse(directories);
      refuseDamage();
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
    mend(writers);
    return whole;
  }

  private void refuseDamage() throws JournalCorruptException {
    boolean belowMark = expected - 1 < claimed;
    if (belowMark || rotten && !lostPower) {
      throw new JournalCorruptException(
          journal
              + ": record "
              + expected
              + " is missing or damaged, although "
              + (belowMark
                  ? "everything up to " + claimed + " had been on stable storage"
                  : "the machine has not lost power since it was written")
              + "; nothing was changed. This copy is INCONSISTENT: let it be reintegrated from the"
              + " peer");
    }
  }

  private void analyse(List<Path> directories) throws IOException {
    expected = directories.isEmpty() ? 1 : Segment.firstOf(directories.get(0));
    for (int i = 0; i < directories.size(); i++) {
      Path directory = directories.get(i);
      long first = Segment.firstOf(directory);
      boolean sealed =
          i + 1 < directories.size() && Segment.firstOf(directories.get(i + 1)) - 1 <= mark;
      if (broken || first != expected) {
        broken = true;
        rotten = true;
        dropped.add(directory);
        claimAnything(directory);
      } else {
        long next = sealed ? Segment.firstOf(directories.get(i + 1)) : -1;
        look(new Segment(disk, directory, first), next);
      }
    }
  }

  /** Scans one segment; one that lies wholly below the mark is checked when it is read. */
  private void look(Segment segment, long nextIfSealed) throws IOException {
    Path path = SegmentWriter.queueFile(disk, segment.directory());
    if (path == null) {
      whole.add(segment);
      return;
    }
    SegmentFile file = new SegmentFile(disk, path);
    segment.found(file, segment.first() - 1, 0);
    if (nextIfSealed >= 0) {
      segment.found(file, nextIfSealed - 1, file.length());
      expected = nextIfSealed;
      whole.add(segment);
      return;
    }
    SegmentFile.Cursor cursor = file.cursor(0, file.length());
    SegmentFile.Kind kind = cursor.step();
    long end = 0;
    while (kind == SegmentFile.Kind.QUEUE_DATA
        || (kind == SegmentFile.Kind.RECORD && cursor.record().sequence() == expected)) {
      if (kind == SegmentFile.Kind.RECORD) {
        claimed = Math.max(claimed, cursor.record().durable());
        segment.note(expected, cursor.position());
        expected++;
        end = cursor.next();
      }
      kind = cursor.step();
    }
    segment.found(file, expected - 1, end);
    if (kind == SegmentFile.Kind.END && cursor.nothingFollows()) {
      whole.add(segment);
    } else {
      broken = true;
      rotten |= !isCutShort(kind, cursor, segment.empty());
      torn = segment;
      claimRest(cursor);
    }
  }

  /** Whether it is what a process leaves that is killed while it appends, or begins the file. */
  private static boolean isCutShort(
      SegmentFile.Kind kind, SegmentFile.Cursor cursor, boolean beforeTheFirst) throws IOException {
    return switch (kind) {
      case END -> cursor.oneDocumentFollows();
      case UNFINISHED -> beforeTheFirst;
      case RECORD, QUEUE_DATA, BAD -> false;
    };
  }

  private void claimRest(SegmentFile.Cursor cursor) throws IOException {
    RecordFormat.Found found = cursor.search();
    while (found != null) {
      claimed = Math.max(claimed, found.durable());
      rotten |= found.sequence() > expected;
      found = cursor.search();
    }
  }

  private void claimAnything(Path directory) throws IOException {
    Path path = SegmentWriter.queueFile(disk, directory);
    if (path != null) {
      try (SegmentFile file = new SegmentFile(disk, path)) {
        claimRest(file.cursor(0, file.length()));
      }
    }
  }

  private void mend(SegmentWriter.Maker writers) throws IOException {
    for (int i = dropped.size() - 1; i >= 0; i--) {
      setAside(disk, journal, dropped.get(i));
    }
    if (torn != null) {
      whole.add(cleanCopy(writers));
    }
    if (broken) {
      LOG.warn(
          "{}: the journal ends at {}; what followed was torn, had never been durable and is kept"
              + " in {}",
          journal,
          expected - 1,
          asideDirectory(journal));
    }
    if (whole.isEmpty()) {
      Path directory = Segment.directory(journal, expected);
      disk.createDirectories(directory);
      whole.add(new Segment(disk, directory, expected));
    }
    for (Segment segment : whole) {
      segment.force(journal);
    }
    disk.forceDirectory(journal);
  }

  private Segment cleanCopy(SegmentWriter.Maker writers) throws IOException {
    Path fresh = journal.resolve(name(torn.directory()) + ".new");
    disk.createDirectories(fresh);
    if (!torn.empty()) {
      Segment copy = new Segment(disk, fresh, torn.first());
      copy.startWriting(writers.begin(fresh));
      SegmentFile.Cursor cursor = torn.file().cursor(0, torn.end());
      while (copy.last() < torn.last()) {
        if (cursor.step() == SegmentFile.Kind.RECORD) {
          RecordFormat.Found record = cursor.record();
          copy.append(record.sequence(), record.durable(), record.payload());
        }
      }
      copy.seal();
      copy.force(journal);
      copy.release();
    }
    torn.release();
    setAside(disk, journal, torn.directory());
    disk.replace(fresh, torn.directory());
    Segment replaced = new Segment(disk, torn.directory(), torn.first());
    if (!torn.empty()) {
      SegmentFile file = new SegmentFile(disk, SegmentWriter.queueFile(disk, torn.directory()));
      replaced.found(file, torn.last(), file.length());
    }
    return replaced;
  }

  /** Ends what a crash in the middle of mending or trimming left. */
  private void finishRenames() throws IOException {
    for (Path each : disk.list(journal)) {
      String name = name(each);
      if (name.startsWith("trash-")) {
        delete(disk, each);
      } else if (name.endsWith(".new")) {
        Path target = journal.resolve(name.substring(0, name.length() - 4));
        if (disk.exists(target)) {
          delete(disk, each);
        } else {
          disk.replace(each, target);
        }
      }
    }
  }

  private List<Path> segments() throws IOException {
    return disk.list(journal).stream().filter(each -> Segment.firstOf(each) >= 0).toList();
  }

  private void close() throws IOException {
    for (Segment segment : whole) {
      segment.release();
    }
    if (torn != null) {
      torn.release();
    }
  }

  /** Moves a segment out of the journal, durably, and forgets the oldest ones so kept. */
  static void setAside(Disk disk, Path journal, Path directory) throws IOException {
    Path aside = asideDirectory(journal);
    disk.createDirectories(aside);
    List<Path> kept =
        disk.list(aside).stream().filter(each -> name(each).matches("[0-9]{8}-.*")).toList();
    for (int i = 0; i + ASIDE_KEPT <= kept.size(); i++) {
      delete(disk, kept.get(i));
    }
    long number = 1;
    for (Path each : kept) {
      number = Math.max(number, Long.parseLong(name(each).substring(0, 8)) + 1);
    }
    String name = String.format(java.util.Locale.ROOT, "%08d-%s", number, name(directory));
    disk.replace(directory, aside.resolve(name));
    disk.forceDirectory(journal);
  }

  static Path asideDirectory(Path journal) {
    return journal.resolve("aside");
  }

  /** The last name of a path. */
  static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** Removes a file, or a directory with what is in it. */
  static void delete(Disk disk, Path tree) throws IOException {
    if (disk.isDirectory(tree)) {
      for (Path each : disk.list(tree)) {
        delete(disk, each);
      }
    }
    disk.delete(tree);
  }
}
