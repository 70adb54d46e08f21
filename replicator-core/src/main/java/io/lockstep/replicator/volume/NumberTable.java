package io.lockstep.replicator.volume;

import java.util.ArrayList;
import java.util.List;

/** Nodes by number. Safe for any thread: looked at for each request, so in many small parts. */
final class NumberTable {
  private static final int PARTS = 64;

  private final List<OpenTable<Node>> parts = new ArrayList<>();

  NumberTable() {
    for (int i = 0; i < PARTS; i++) {
      parts.add(new OpenTable<>(node -> hash(node.number())));
    }
  }

  private static int hash(long number) {
    return Long.hashCode(number / PARTS);
  }

  private OpenTable<Node> part(long number) {
    return parts.get((int) (number % PARTS));
  }

  /** Null where there is none. */
  Node get(long number) {
    OpenTable<Node> part = part(number);
    synchronized (part) {
      return part.find(hash(number), node -> node.number() == number);
    }
  }

  /** Adds a node whose number is new. */
  void add(Node node) {
    OpenTable<Node> part = part(node.number());
    synchronized (part) {
      part.add(node);
    }
  }

  void remove(Node node) {
    OpenTable<Node> part = part(node.number());
    synchronized (part) {
      part.remove(node);
    }
  }

  int size() {
    int sum = 0;
    for (OpenTable<Node> part : parts) {
      synchronized (part) {
        sum += part.size();
      }
    }
    return sum;
  }

  /** All that are here now. */
  List<Node> all() {
    List<Node> found = new ArrayList<>();
    for (OpenTable<Node> part : parts) {
      synchronized (part) {
        part.forEach(found::add);
      }
    }
    return found;
  }
}
