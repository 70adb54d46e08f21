package io.lockstep.failover.group;

import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.RoleInput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Two nodes with two members, in little: where each member is, what of it fails, and how late each
 * node hears of what happened at the other. A member that is told to move stops, is nowhere for a
 * while, and starts at the other node; sometimes it does not, and stays.
 */
final class GroupPair {
  static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
  static final long QUIET = 10_000 * MS;
  private static final long TICK = 100 * MS;

  /** One member, as it truly is. */
  private static final class Module {
    final String name;
    int at;
    boolean passing;
    boolean starting;
    boolean up = true;
    boolean inSync = true;
    final boolean[] failed = new boolean[2];
    long arrivesNs;
    long startingNs;
    long syncsNs;
    long order;

    Module(String name, int at) {
      this.name = name;
      this.at = at;
    }

    Module copy() {
      Module copy = new Module(name, at);
      copy.passing = passing;
      copy.starting = starting;
      copy.up = up;
      copy.inSync = inSync;
      copy.failed[0] = failed[0];
      copy.failed[1] = failed[1];
      return copy;
    }
  }

  private record Heard(long atNs, List<Module> modules) {}

  private final Random random;
  private final List<Module> modules = List.of(new Module("db", 0), new Module("web", 0));
  private final GroupState[] states = {GroupState.initial(), GroupState.initial()};
  private final List<Deque<Heard>> heartbeats = List.of(new ArrayDeque<>(), new ArrayDeque<>());
  private final List<List<Module>> heard = new ArrayList<>();
  private final boolean[] broken = new boolean[2];
  final List<Long> moves = new ArrayList<>();
  final List<String> story = new ArrayList<>();
  boolean swapped;
  boolean early;
  long now = 1_000_000 * MS;

  GroupPair(long seed) {
    random = new Random(seed);
    heard.add(copies());
    heard.add(copies());
  }

  private List<Module> copies() {
    return modules.stream().map(Module::copy).toList();
  }

  /** The application of a member fails where it is. */
  void fail(int member) {
    Module m = modules.get(member);
    if (!m.passing && m.up) {
      m.up = false;
      m.failed[m.at] = true;
      story.add(at() + m.name + " fails on " + m.at);
    }
  }

  /** One member alone is taken over by the other node, as when its copy failed. */
  void takeOver(int member) {
    Module m = modules.get(member);
    if (!m.passing && m.inSync) {
      story.add(at() + m.name + " is taken over by " + (1 - m.at));
      leave(m);
    }
  }

  /** A member's copy at the other node is not current for a while. */
  void lag(int member, long forMs) {
    Module m = modules.get(member);
    if (!m.passing) {
      m.inSync = false;
      m.syncsNs = now + forMs * MS;
    }
  }

  /** Whether hand-overs from that node break off. */
  void breakHandOvers(int node, boolean breaks) {
    broken[node] = breaks;
  }

  /** Somebody mended everything. */
  void mend() {
    modules.forEach(m -> m.failed[0] = m.failed[1] = false);
    modules.stream().filter(m -> !m.passing).forEach(m -> m.up = true);
    broken[0] = broken[1] = false;
  }

  private String at() {
    return now / MS + " ";
  }

  private void leave(Module m) {
    m.passing = true;
    m.up = false;
    m.at = 1 - m.at;
    m.arrivesNs = now + random.nextInt(random.nextInt(2_200) + 1) * MS;
  }

  void pass(long ms) {
    for (long end = now + ms * MS; now < end; ) {
      now += TICK;
      modules.forEach(this::goOn);
      for (int node = 0; node < 2; node++) {
        long latency = random.nextInt(1_500) * MS;
        heartbeats.get(1 - node).add(new Heard(now + latency, copies()));
        Deque<Heard> queue = heartbeats.get(node);
        while (!queue.isEmpty() && queue.peek().atNs() <= now) {
          heard.set(node, queue.remove().modules());
        }
        if (random.nextBoolean()) {
          look(node);
        }
      }
    }
  }

  private void goOn(Module m) {
    if (m.passing && !m.starting && now >= m.arrivesNs) {
      m.starting = true;
      m.startingNs = now;
    }
    if (!m.passing && !m.inSync && now >= m.syncsNs) {
      m.inSync = true;
    }
  }

  private void look(int node) {
    List<Member> view = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      view.add(member(node, modules.get(i), heard.get(node).get(i)));
    }
    GroupMachine.Step step =
        GroupMachine.step(settings(node), states[node], new GroupInput.Look(), view, now);
    if (states[node].errand() == null && step.state().movedNs() == now) {
      moves.add(now);
      boolean apart = modules.get(0).at != modules.get(1).at;
      swapped |= apart && modules.stream().anyMatch(m -> m.passing);
      story.add(at() + node + " moves the group: " + step.effects());
    }
    states[node] = step.state();
    for (GroupEffect effect : step.effects()) {
      if (effect instanceof GroupEffect.Order order) {
        take(node, order);
      }
    }
  }

  private void take(int node, GroupEffect.Order order) {
    Module m = modules.stream().filter(one -> one.name.equals(order.member())).findFirst().get();
    if (order.input() instanceof RoleInput.MayStart && m.starting && m.at == node) {
      early |= isToFollow(m) && now - m.startingNs < QUIET;
      m.starting = false;
      m.passing = false;
      m.up = true;
      m.failed[node] = false;
      m.inSync = false;
      m.syncsNs = now + (100 + random.nextInt(5_000)) * MS;
    } else if (order.input() instanceof RoleInput.MoveWithGroup move) {
      m.order = move.number();
      if (!m.passing && m.at == node && m.inSync && !broken[node]) {
        leave(m);
      }
    }
  }

  /** Whether what the member builds on is where it came from, and about to be told to move too. */
  private boolean isToFollow(Module m) {
    Module base = modules.get(0);
    Errand errand = states[1 - m.at].errand();
    return m != base && base.at != m.at && errand != null && errand.rest().contains(base.name);
  }

  /** As the node sees it: what is its own as it is, the peer's as it last heard of it. */
  private static Member member(int node, Module m, Module told) {
    boolean mine = m.at == node;
    Place place =
        mine
            ? m.passing ? Place.PASSING : Place.HERE
            : told.passing ? Place.PASSING : told.at == node ? Place.NOWHERE : Place.THERE;
    boolean inSync = place == Place.HERE ? m.inSync : told.inSync;
    return new Member(
        m.name,
        place,
        false,
        inSync ? "" : "the other copy is OUTDATED",
        mine && m.up,
        mine && m.up,
        mine && !m.passing && !m.up && m.failed[node],
        m.failed[node],
        told.failed[1 - node],
        false,
        mine && m.starting,
        mine && m.passing,
        m.order,
        0,
        "as it is");
  }

  private static GroupSettings settings(int node) {
    return new GroupSettings(
        "site",
        "node" + node,
        "node" + (1 - node),
        List.of("db", "web"),
        node == 0,
        QUIET,
        Long.MAX_VALUE,
        Map.of("db", 0L, "web", 30_000 * MS));
  }

  boolean together() {
    return modules.get(0).at == modules.get(1).at && modules.stream().noneMatch(m -> m.passing);
  }

  /** Whether a member's application is down although it could run at the other node with all. */
  boolean wayOut() {
    int at = modules.get(0).at;
    boolean down = modules.stream().anyMatch(m -> !m.up && m.failed[m.at]);
    boolean free = modules.stream().noneMatch(m -> m.failed[1 - at]);
    return together() && down && free;
  }

  /** Whether the group, apart, is so because something failed on each node. */
  boolean failedOnBoth() {
    return modules.stream().anyMatch(m -> m.failed[0])
        && modules.stream().anyMatch(m -> m.failed[1]);
  }
}
