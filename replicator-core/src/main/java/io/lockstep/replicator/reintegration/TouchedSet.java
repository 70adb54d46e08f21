package io.lockstep.replicator.reintegration;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells what an operation touches. Pure. A file that lost a name is not touched itself: where the
 * other node still needs it and lacks it, it asks for the whole.
 */
public final class TouchedSet {
  private TouchedSet() {}

  /** Everything that {@code operation} may leave different on a node that did not apply it. */
  public static List<Touched> of(Operation operation) {
    List<Touched> touched = new ArrayList<>(4);
    collect(operation, touched::add);
    return touched;
  }

  /** As {@link #of}, of an operation that the other node most likely has: content is compared. */
  public static List<Touched> inDoubt(Operation operation) {
    List<Touched> touched = new ArrayList<>();
    collect(operation, t -> touched.add(t instanceof Touched.Content c ? c.inDoubt() : t));
    return touched;
  }

  private static void collect(Operation operation, Consumer<Touched> into) {
    FileId id = operation.id();
    TreePath path = operation.path();
    if (operation instanceof Operation.Write write) {
      long from = write.offset();
      into.accept(new Touched.Content(id, path, from, from + write.data().remaining()));
    } else if (operation instanceof Operation.Truncate truncate) {
      into.accept(new Touched.Content(id, path, truncate.sizeBytes(), Long.MAX_VALUE));
    } else if (operation instanceof Operation.Allocate allocate) {
      allocate(allocate, into);
    } else if (operation instanceof Operation.Create create) {
      name(create.parent(), path, into);
      into.accept(new Touched.Whole(id, path));
    } else if (operation instanceof Operation.Link link) {
      name(link.parent(), path, into);
      into.accept(new Touched.Metadata(id, link.existing(), false));
    } else if (operation instanceof Operation.Remove remove) {
      name(remove.parent(), path, into);
    } else if (operation instanceof Operation.Rename rename) {
      name(rename.parent(), path, into);
      name(rename.toParent(), rename.to(), into);
    } else if (operation instanceof Operation.Exchange exchange) {
      name(exchange.parent(), path, into);
      name(exchange.otherParent(), exchange.otherPath(), into);
    } else {
      attributes(operation, into);
    }
  }

  private static void allocate(Operation.Allocate allocate, Consumer<Touched> into) {
    long end = allocate.offset() + allocate.lengthBytes();
    into.accept(
        switch (allocate.how()) {
          case RESERVE, RESERVE_KEEP_SIZE ->
              new Touched.Metadata(allocate.id(), allocate.path(), false);
          case PUNCH_HOLE, ZERO, ZERO_KEEP_SIZE ->
              new Touched.Content(allocate.id(), allocate.path(), allocate.offset(), end);
        });
  }

  private static void attributes(Operation operation, Consumer<Touched> into) {
    boolean identified = operation instanceof Operation.Identify;
    boolean xattrs =
        operation instanceof Operation.SetXattr || operation instanceof Operation.RemoveXattr;
    into.accept(
        identified
            ? new Touched.Whole(operation.id(), operation.path())
            : new Touched.Metadata(operation.id(), operation.path(), xattrs));
  }

  private static void name(FileId parent, TreePath path, Consumer<Touched> into) {
    into.accept(Touched.Name.of(parent, path.parent(), path.name()));
  }
}
