package io.lockstep.agent.node;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.api.EventLog;
import io.lockstep.agent.api.NodeControl;
import io.lockstep.agent.api.NodeStatus;
import io.lockstep.agent.api.RemovalWish;
import io.lockstep.agent.api.SplitControl;
import io.lockstep.failover.group.GroupInput;
import io.lockstep.failover.group.GroupMachine;
import io.lockstep.failover.group.Member;
import io.lockstep.failover.group.Member.Place;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The operator's commands on a running node. Any thread. */
final class RuntimeControl implements NodeControl {
  private static final String WHO = "an operator";

  private final NodeRuntime node;
  private final StatusReport report;
  private final SplitControl split;

  RuntimeControl(NodeRuntime node, SplitControl split) {
    this.split = split;
    this.node = node;
    this.report = new StatusReport(node);
  }

  @Override
  public NodeStatus status() {
    return report.status();
  }

  @Override
  public EventLog events() {
    return node.events();
  }

  @Override
  public boolean serving(String module) {
    return find(module)
        .map(
            m ->
                m.serving().addressesUp() && m.state().role().serves() && m.state().applicationUp())
        .orElse(false);
  }

  private Optional<ModuleRuntime> find(String module) {
    return node.modules().stream().filter(m -> m.context().name().equals(module)).findFirst();
  }

  private CommandResult on(String module, Function<ModuleRuntime, CommandResult> command) {
    return find(module)
        .map(command)
        .orElseGet(
            () ->
                CommandResult.usage(
                    "there is no module '"
                        + module
                        + "'; the modules are "
                        + node.configuration().modules().keySet()));
  }

  private static CommandResult post(ModuleRuntime module, RoleInput input, String begun) {
    module.post(input);
    return CommandResult.ok(begun);
  }

  @Override
  public CommandResult start(String module, boolean force) {
    if (groups().named(module).isPresent()) {
      return force
          ? CommandResult.usage("--force is for one module: name one of " + names(module))
          : all(module, new RoleInput.Start(false, WHO), "Starting group " + module + ".");
    }
    return on(
        module, m -> post(m, new RoleInput.Start(force, WHO), "Starting module " + module + "."));
  }

  @Override
  public String forceWarning(String module) {
    return find(module).map(RuntimeControl::forceWarning).orElse("");
  }

  private static String forceWarning(ModuleRuntime module) {
    RoleState state = module.state();
    if (state.role().serves()) {
      return "This node serves already: nothing would be lost.";
    }
    String copy = "This node's copy is " + state.dataState() + ". ";
    return switch (state.dataState()) {
      case UP_TO_DATE, CONSISTENT ->
          copy
              + "Whatever the peer acknowledged alone since they last were in contact is not here;"
              + " if both serve, the histories part and one of them has to be given up.";
      case OUTDATED ->
          copy + "What the peer acknowledged since is not here and would be lost to the service.";
      case INCONSISTENT ->
          copy
              + "It is between two states: files may be old, new or mixed. Only for when there is"
              + " nothing else.";
    };
  }

  private Groups groups() {
    return node.groups();
  }

  private List<String> names(String group) {
    return groups().runtimes(group).stream().map(m -> m.context().name()).toList();
  }

  private CommandResult all(String group, RoleInput input, String begun) {
    groups().runtimes(group).forEach(module -> module.post(input));
    return CommandResult.ok(begun);
  }

  @Override
  public CommandResult stop(String module) {
    if (groups().named(module).isPresent()) {
      groups().wish(module, new GroupInput.Stop(WHO));
      return CommandResult.ok("Stopping group " + module + " on both nodes, the last one first.");
    }
    return on(
        module,
        m -> post(m, new RoleInput.Stop(WHO), "Stopping module " + module + " on both nodes."));
  }

  @Override
  public CommandResult switchover(String module) {
    return moved(module, name -> Optional.empty());
  }

  @Override
  public CommandResult switchback(String module) {
    return moved(module, name -> Optional.of(node.configuration().modules().get(name).preferred()));
  }

  /** Moves a module, or the group that it is or is in; {@code target} by a module's name. */
  private CommandResult moved(String name, Function<String, Optional<String>> target) {
    Optional<String> group = groups().named(name).or(() -> groups().of(name));
    if (group.isEmpty()) {
      return on(name, m -> move(m, target.apply(name).orElse("")));
    }
    return moveGroup(group.get(), name, target.apply(names(group.get()).get(0)));
  }

  /** The group's machine on the node that serves decides; what is clear is refused here. */
  private CommandResult moveGroup(String group, String asked, Optional<String> target) {
    List<Member> members = groups().members(group);
    List<Member> meant =
        asked.equals(group)
            ? members
            : members.stream().filter(m -> m.name().equals(asked)).toList();
    boolean here = meant.stream().anyMatch(m -> m.place() == Place.HERE);
    boolean there = meant.stream().anyMatch(m -> m.place() == Place.THERE);
    if (target.isEmpty() && here == there) {
      String line = here ? "is apart: name the module that is to move" : "is not served";
      return CommandResult.refused("Group " + group + " " + line + ".");
    }
    boolean toPeer = target.map(name -> !name.equals(node.node())).orElse(here);
    Place from = toPeer ? Place.HERE : Place.THERE;
    Optional<Member> mover = members.stream().filter(m -> m.place() == from).findFirst();
    String to = toPeer ? node.configuration().peerOf(node.node()).name() : node.node();
    String hindrance = GroupMachine.hindrance(members, from);
    if (!hindrance.isEmpty()) {
      return CommandResult.refused("Group " + group + " cannot move now: " + hindrance + ".");
    }
    if (mover.isEmpty()) {
      return CommandResult.refused("Group " + group + " runs on " + to + " already.");
    }
    return on(
        mover.get().name(),
        m ->
            post(
                m,
                new RoleInput.Switchover(to, WHO),
                "Group " + group + " is moving to " + to + "."));
  }

  private CommandResult move(ModuleRuntime module, String target) {
    RoleState state = module.state();
    boolean servesHere = state.role().serves();
    boolean servesThere = state.peer() != null && state.peer().role().serves();
    String serving = servesHere ? node.node() : servesThere ? module.context().peer() : "";
    if (serving.equals(target) && !target.isEmpty()) {
      return CommandResult.refused(
          "Module " + module.context().name() + " runs on " + target + " already.");
    }
    Role role = servesHere ? state.role() : servesThere ? state.peer().role() : Role.STOPPED;
    if (role != Role.PRIMARY) {
      return CommandResult.refused(
          "Module "
              + module.context().name()
              + " cannot move now: it is "
              + report.verdict(module).line()
              + ". Wait until it is PROTECTED.");
    }
    return post(
        module,
        new RoleInput.Switchover(target, WHO),
        "Module " + module.context().name() + " is moving.");
  }

  @Override
  public CommandResult pause(String module) {
    if (groups().named(module).isPresent()) {
      return all(
          module,
          new RoleInput.PauseDecisions(WHO),
          "All modules of group " + module + " are in maintenance; " + theirs(module));
    }
    return on(
        module,
        m ->
            post(
                m,
                new RoleInput.PauseDecisions(WHO),
                "Module "
                    + module
                    + " is in maintenance: takeovers, switchovers and restarts are left to you; "
                    + there(m)));
  }

  private String theirs(String group) {
    return groups().runtimes(group).stream().findFirst().map(RuntimeControl::there).orElse("");
  }

  @Override
  public CommandResult resume(String module) {
    if (groups().named(module).isPresent()) {
      return all(
          module,
          new RoleInput.ResumeDecisions(WHO),
          "Decisions on group " + module + " are automatic again; " + theirs(module));
    }
    return on(
        module,
        m ->
            post(
                m,
                new RoleInput.ResumeDecisions(WHO),
                "Decisions on module " + module + " are automatic again; " + there(m)));
  }

  /** What becomes of an order that is for both nodes. */
  private static String there(ModuleRuntime module) {
    String peer = module.context().peer();
    return module.state().linkUp()
        ? peer + " is told."
        : peer + " is out of reach and does not know: give the order there too.";
  }

  @Override
  public CommandResult resync(String module) {
    return on(module, this::resync);
  }

  private CommandResult resync(ModuleRuntime module) {
    RoleState state = module.state();
    if (state.role().serves()) {
      return CommandResult.refused(
          node.node()
              + " serves module "
              + module.context().name()
              + ": its copy is what others are compared with. Run this on "
              + module.context().peer()
              + ".");
    }
    boolean peerServes = state.peer() != null && state.peer().role().serves();
    if (!state.linkUp() || !peerServes) {
      return CommandResult.refused(
          "There is nothing to compare with: "
              + (state.linkUp()
                  ? module.context().peer() + " does not serve the module."
                  : "there is no link to " + module.context().peer() + "."));
    }
    return post(
        module,
        new RoleInput.Resync(WHO),
        "All of this node's copy of module "
            + module.context().name()
            + " is compared with "
            + module.context().peer()
            + "'s; until that ends it cannot take over.");
  }

  @Override
  public CommandResult drill(String module) {
    return on(module, m -> node.drills().order(m, WHO));
  }

  @Override
  public SplitControl split() {
    return split;
  }

  @Override
  public CommandResult splitKeep(String module, String keep) {
    if (!node.configuration().nodes().containsKey(keep)) {
      return CommandResult.usage(
          "no node is named '"
              + keep
              + "'; the nodes are "
              + node.configuration().nodes().keySet());
    }
    return on(
        module,
        m ->
            m.state().split() == null
                ? CommandResult.refused("Module " + module + " is not split.")
                : post(
                    m,
                    new RoleInput.SplitKeep(keep, WHO),
                    "The copy of "
                        + keep
                        + " goes on; the other's differing files are quarantined."));
  }

  @Override
  public CommandResult applyConfiguration(String yaml, boolean dryRun) {
    try {
      return node.change().apply(yaml, dryRun);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandResult.failed("interrupted; `lockstep status` says whether the nodes differ");
    }
  }

  @Override
  public CommandResult removeModule(String module, RemovalWish wish) {
    if (find(module).isEmpty()) {
      return on(module, m -> CommandResult.ok(""));
    }
    try {
      return node.removal().remove(module, wish);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandResult.failed("interrupted; remove the module again to go on");
    }
  }

  @Override
  public CommandResult log(String module, int lines) {
    return on(
        module,
        m -> {
          Path log =
              node.configuration().logs().directory().of(node.node()).resolve(module + ".log");
          try {
            return CommandResult.ok(String.join("\n", LastLines.of(log, lines)));
          } catch (IOException e) {
            return CommandResult.failed("cannot read " + log + ": " + e.getMessage());
          }
        });
  }
}
