package io.lockstep.replicator.reintegration;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.model.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What each operation above a checkpoint touched, so that after a break both nodes can tell where
 * they may differ. In memory and bounded: when it grows large the oldest entries become coarser,
 * which may say more than is true, never less. Thread-safe.
 */
public final class TouchedLog {
  private static final int SEGMENT_ELEMENTS = 1024;

  /** Elements of a run of operations. */
  private static final class Segment {
    private final long first;
    private long last;
    private Set<Touched> elements = new LinkedHashSet<>();

    private Segment(long first) {
      this.first = first;
      this.last = first;
    }
  }

  private final int maxElements;

  @GuardedBy("this")
  private final Deque<Segment> segments = new ArrayDeque<>();

  @GuardedBy("this")
  private int size;

  /** An empty log that holds up to about {@code maxElements} elements exactly. */
  public TouchedLog(int maxElements) {
    this.maxElements = maxElements;
  }

  /** An empty log of the usual size. */
  public TouchedLog() {
    this(256 * 1024);
  }

  /** Notes one operation; sequences ascend. */
  public synchronized void append(long sequence, Operation operation) {
    Segment segment = segments.peekLast();
    if (segment == null || segment.elements.size() >= SEGMENT_ELEMENTS) {
      segment = new Segment(sequence);
      segments.addLast(segment);
    }
    if (sequence < segment.last) {
      throw new IllegalArgumentException(sequence + " after " + segment.last);
    }
    segment.last = sequence;
    for (Touched touched : TouchedSet.of(operation)) {
      if (segment.elements.add(touched)) {
        size++;
      }
    }
    while (size > maxElements) {
      coarsen();
    }
  }

  /** Forgets what only operations up to {@code sequence} touched. */
  public synchronized void prune(long sequence) {
    while (!segments.isEmpty() && segments.peekFirst().last <= sequence) {
      size -= segments.removeFirst().elements.size();
    }
  }

  /** Forgets everything. */
  public synchronized void clear() {
    segments.clear();
    size = 0;
  }

  /** What operations above {@code sequence} touched, and perhaps some that earlier ones did. */
  public synchronized List<Touched> since(long sequence) {
    Set<Touched> found = new LinkedHashSet<>();
    for (Segment segment : segments) {
      if (segment.last > sequence) {
        found.addAll(segment.elements);
      }
    }
    return new ArrayList<>(found);
  }

  /** Elements held now. */
  public synchronized int size() {
    return size;
  }

  /** Joins the two oldest segments and makes them coarser; at last they only say: anything. */
  @GuardedBy("this")
  private void coarsen() {
    Segment oldest = segments.removeFirst();
    Segment joined = new Segment(oldest.first);
    joined.last = oldest.last;
    Set<Touched> all = oldest.elements;
    size -= oldest.elements.size();
    if (!segments.isEmpty()) {
      Segment next = segments.removeFirst();
      size -= next.elements.size();
      joined.last = next.last;
      all.addAll(next.elements);
    }
    for (Touched touched : all) {
      joined.elements.add(coarser(touched));
    }
    if (joined.elements.size() > maxElements / 2) {
      joined.elements = new LinkedHashSet<>(List.of(new Touched.Everything()));
    }
    size += joined.elements.size();
    segments.addFirst(joined);
  }

  private static Touched coarser(Touched touched) {
    if (touched instanceof Touched.Name name) {
      return Touched.Name.all(name.directory(), name.path());
    }
    if (touched instanceof Touched.Content content) {
      return new Touched.Whole(content.id(), content.path());
    }
    if (touched instanceof Touched.Metadata metadata) {
      return new Touched.Metadata(metadata.id(), metadata.path(), true);
    }
    return touched;
  }
}
