package io.lockstep.agent.configuration;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether the groups name modules that can move together. */
final class GroupChecks {
  private final ClusterConfiguration configuration;
  private final Problems problems;
  private final Map<String, String> seen = new HashMap<>();

  GroupChecks(ClusterConfiguration configuration, Problems problems) {
    this.configuration = configuration;
    this.problems = problems;
  }

  void run() {
    configuration.groups().forEach(this::group);
  }

  private void group(String name, List<String> members) {
    String key = "groups." + name;
    if (problems.wrong(key)) {
      return;
    }
    if (configuration.modules().containsKey(name)) {
      problems.addAt(key, "the name of a module", "another name: commands take either");
    }
    if (members.size() < 2) {
      problems.addAt(key, members.size() + " of them", Kind.MODULES.allowed());
    }
    for (int i = 0; i < members.size(); i++) {
      member(key + "[" + i + "]", name, members.get(i), members.get(0));
    }
  }

  private void member(String key, String group, String module, String first) {
    ModuleConfiguration member = configuration.modules().get(module);
    if (member == null) {
      String modules = String.join(", ", configuration.modules().keySet());
      problems.addAt(key, "'" + module + "'", "one of the modules: " + modules);
      return;
    }
    String other = seen.putIfAbsent(module, group);
    if (other != null) {
      problems.addAt(key, "'" + module + "' again", "a module of no other group than " + other);
    }
    ModuleConfiguration leader = configuration.modules().get(first);
    if (leader == null || problems.wrong("modules")) {
      return;
    }
    if (!leader.preferred().equals(member.preferred())) {
      problems.addAt(
          "modules." + module + ".preferred",
          "'" + member.preferred() + "'",
          "the same node as " + first + " (" + leader.preferred() + "): " + both(group));
    }
    if (!leader.failbackAfter().equals(member.failbackAfter())) {
      problems.addAt(
          "modules." + module + ".failbackAfter",
          "'" + Units.show(member.failbackAfter()) + "'",
          "the same as " + first + " (" + Units.show(leader.failbackAfter()) + "): " + both(group));
    }
  }

  private static String both(String group) {
    return "both are of the group " + group;
  }
}
