package io.lockstep.agent.configuration;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Every key of the configuration: where it stands, what it takes, its default, and what it means.
 * The reader, the defaults and docs/configuration.md all come from this table.
 *
 * <p>In a path {@code *} stands for a name that the user chooses and {@code []} for each item of a
 * list.
 */
public enum Key {
  CLUSTER_NAME(
      "cluster.name",
      Kind.NAME,
      Need.REQUIRED,
      "",
      "Name of the cluster. Nodes of another cluster are refused."),
  CLUSTER_KEY_FILE(
      "cluster.keyFile",
      Kind.PATH_PER_NODE,
      Need.REQUIRED,
      "",
      "File with the secret that both nodes share, mode 600; made by `lockstep key generate`."),
  CLUSTER_ARBITER(
      "cluster.arbiter",
      Kind.ARBITER,
      Need.OPTIONAL,
      "none",
      "Third opinion that decides who may serve when the nodes cannot see each other. With `none` a"
          + " partition can split the pair."),
  ETCD_ENDPOINTS(
      "cluster.arbiter.etcd.endpoints",
      Kind.URLS,
      Need.REQUIRED,
      "",
      "Where etcd answers, tried in turn; it keeps the in-sync record, one key a module."),
  ETCD_PREFIX(
      "cluster.arbiter.etcd.prefix",
      Kind.KEY,
      Need.OPTIONAL,
      "/lockstep",
      "What the keys begin with; the cluster's and the module's name follow."),
  ETCD_TIMEOUT(
      "cluster.arbiter.etcd.timeout",
      Kind.duration("200ms", "30s"),
      Need.OPTIONAL,
      "2s",
      "Longest wait for an answer, over all endpoints; after it the answer counts as unknown."),
  ETCD_CA_FILE(
      "cluster.arbiter.etcd.caFile",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "",
      "PEM file with the authority that signed etcd's certificates; without it the machine's own"
          + " list is trusted."),
  ETCD_CERT_FILE(
      "cluster.arbiter.etcd.certFile",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "",
      "PEM file with this node's certificate, where etcd asks for one."),
  ETCD_KEY_FILE(
      "cluster.arbiter.etcd.keyFile",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "",
      "PEM file with the key to `certFile`, in PKCS #8."),
  FILE_DIRECTORY(
      "cluster.arbiter.file.directory",
      Kind.PATH_PER_NODE,
      Need.REQUIRED,
      "",
      "Directory on a third machine's share, the same for both nodes; must contain a file"
          + " `lockstep-arbiter`, so that a share that is not mounted is noticed."),
  FILE_TIMEOUT(
      "cluster.arbiter.file.timeout",
      Kind.duration("200ms", "60s"),
      Need.OPTIONAL,
      "5s",
      "Longest wait for the share; after it the answer counts as unknown."),
  COMMAND_RUN(
      "cluster.arbiter.command.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Switches the machine of `$LOCKSTEP_PEER` off. Ends with status 0 only when it is confirmed"
          + " to be off."),
  COMMAND_TIMEOUT(
      "cluster.arbiter.command.timeout",
      Kind.duration("1s", "10m"),
      Need.OPTIONAL,
      "30s",
      "Longest time that the command may take."),
  COMMAND_DELAY(
      "cluster.arbiter.command.delay",
      Kind.duration("0ms", "5m"),
      Need.OPTIONAL,
      "5s",
      "How long the node that is not the module's preferred one waits before it fences, so that two"
          + " nodes do not switch each other off."),
  CLUSTER_WITNESSES(
      "cluster.witnesses",
      Kind.ENDPOINTS,
      Need.OPTIONAL,
      "",
      "TCP addresses beyond the pair's own networks. A node that reaches none of them is cut off"
          + " itself and does not serve without its peer. They never choose between the nodes."),

  NODE_LINK(
      "nodes.*.link",
      Kind.ENDPOINT,
      Need.REQUIRED,
      "",
      "TCP address and port at which this node is reached by its peer for replication."),
  NODE_HEARTBEATS(
      "nodes.*.heartbeats",
      Kind.ENDPOINTS,
      Need.REQUIRED,
      "",
      "UDP addresses and ports for heartbeats, one for each network, paired by position with the"
          + " peer's list."),

  TIMING_HEARTBEAT(
      "timing.heartbeat",
      Kind.duration("100ms", "10s"),
      Need.OPTIONAL,
      "1s",
      "Interval between heartbeats on every network."),
  TIMING_TAKEOVER_AFTER(
      "timing.takeoverAfter",
      Kind.duration("500ms", "1h"),
      Need.OPTIONAL,
      "30s",
      "Silence on all networks after which the secondary takes over; at least 3 ×"
          + " `timing.heartbeat`."),
  TIMING_ACK_TIMEOUT(
      "timing.ackTimeout",
      Kind.duration("100ms", "5m"),
      Need.OPTIONAL,
      "6s",
      "Longest time that the application waits for a peer that does not answer, before the module"
          + " runs alone; at most `timing.takeoverAfter`. What waits is sent again each fifth of it,"
          + " on the other connection of the link."),
  TIMING_SYNC_TIMEOUT(
      "timing.syncTimeout",
      Kind.duration("100ms", "10m"),
      Need.OPTIONAL,
      "10s",
      "Longest time that an application's sync waits while nothing more becomes durable at a peer"
          + " that answers, before the module runs alone."),
  TIMING_CHECKPOINT(
      "timing.checkpoint",
      Kind.duration("100ms", "10m"),
      Need.OPTIONAL,
      "5s",
      "Interval between checkpoints, after which the journal is trimmed."),
  TIMING_FORCE_WITHIN(
      "timing.forceWithin",
      Kind.duration("10ms", "60s"),
      Need.OPTIONAL,
      "1s",
      "Longest time for which received operations may stay unforced in the secondary's journal when"
          + " no application syncs."),
  TIMING_HUNG_AFTER(
      "timing.hungAfter",
      Kind.duration("500ms", "10m"),
      Need.OPTIONAL,
      "5s",
      "Time without progress after which the guardian ends the agent of a serving node that lives"
          + " and does nothing, so that the peer takes over; while no peer could,"
          + " `timing.takeoverAfter` counts if that is longer."),
  TIMING_STOPPED_AFTER(
      "timing.stoppedAfter",
      Kind.duration("500ms", "10m"),
      Need.OPTIONAL,
      "1s",
      "Time after which the guardian ends the agent of a serving node that somebody stopped"
          + " (SIGSTOP; a debugger's stop is none); while no peer could take over,"
          + " `timing.takeoverAfter` counts if that is longer."),
  TIMING_ADDRESS_LIFETIME(
      "timing.addressLifetime",
      Kind.duration("3s", "1h"),
      Need.OPTIONAL,
      "10s",
      "Time after which the kernel takes a virtual address away that the agent has not renewed;"
          + " in whole seconds, and at most the longer of 3s and `timing.takeoverAfter`."),
  TIMING_SYSTEMCTL(
      "timing.systemctl",
      Kind.duration("100ms", "5m"),
      Need.OPTIONAL,
      "5s",
      "Longest wait for `systemctl` to tell how a unit is, or to take an order to end one; a"
          + " checker of a unit and the start and stop of one have timeouts of their own."),
  TIMING_UNITS_EVERY(
      "timing.unitsEvery",
      Kind.duration("1s", "24h"),
      Need.OPTIONAL,
      "60s",
      "How often it is looked at again whether a unit of an application is enabled at boot."),
  TIMING_GUARDIAN_WAIT(
      "timing.guardianWait",
      Kind.duration("1s", "1h"),
      Need.OPTIONAL,
      "30s",
      "Longest time that the guardian of an agent that died waits for the units that it killed to"
          + " end, and then once more for other processes; beyond it there is no goodbye, and the"
          + " peer waits for `timing.takeoverAfter`."),

  JOURNAL_DIRECTORY(
      "journal.directory",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "/var/lib/lockstep",
      "Where the journals and the node's durable state live."),
  JOURNAL_SEGMENT_SIZE(
      "journal.segmentSize",
      Kind.size("16MiB", "4GiB"),
      Need.OPTIONAL,
      "64MiB",
      "Size of one journal file; whole files are freed."),
  JOURNAL_MAX_SIZE(
      "journal.maxSize",
      Kind.size("32MiB", "1024TiB"),
      Need.OPTIONAL,
      "8GiB",
      "Largest size of one module's journal; at least 2 × `journal.segmentSize`."),
  JOURNAL_RESERVE(
      "journal.reserve",
      Kind.size("0B", "1024TiB"),
      Need.OPTIONAL,
      "1GiB",
      "Free space that the journal leaves on its file system."),
  JOURNAL_MAX_LAG(
      "journal.maxLag",
      Kind.size("1MiB", "1024TiB"),
      Need.OPTIONAL,
      "64MiB",
      "Bytes received and not yet applied above which the secondary slows the primary down; bounds"
          + " the drain at a takeover. At most half of `journal.maxSize`."),

  LINK_SILENCE(
      "link.silence",
      Kind.duration("500ms", "5m"),
      Need.OPTIONAL,
      "5s",
      "Silence on both connections of the link, or on one for four times as long, after which it is"
          + " closed and tried again."),
  LINK_MAX_FRAME(
      "link.maxFrame",
      Kind.size("2MiB", "64MiB"),
      Need.OPTIONAL,
      "4MiB",
      "Largest frame accepted; a larger one closes the connection."),
  LINK_ATTENTION(
      "link.attention",
      Kind.count(0, 10_000),
      Need.OPTIONAL,
      "100",
      "Microseconds for which a thread that waits for the peer, and the peer's after it answered,"
          + " stay awake while no other wants the processor: what comes meanwhile need not wake"
          + " them. 0 saves the processor's time. Only while `link.processors` do not stay awake."),
  LINK_PROCESSORS(
      "link.processors",
      Kind.choice("awake", "system"),
      Need.OPTIONAL,
      "awake",
      "`awake`: while operations are replicated (160 frames a second or more, and half a second"
          + " after) idle processors of this machine do not sleep but wait for work in a loop, which"
          + " shortens each write; the kernel's power management (Linux, `/dev/cpu_dma_latency`) is"
          + " asked for it. Costs electricity, and on a virtual machine time of the host's"
          + " processors. `system`: they sleep as the system likes."),

  REPLICATION_HANDLERS(
      "replication.handlers",
      Kind.count(2, 256),
      Need.OPTIONAL,
      "12",
      "Threads for each directory that serve the application's file operations; each waits for the"
          + " peer. With `replication.queues` each processor has its part of twice as many: at least"
          + " six, and at most this number."),
  REPLICATION_QUEUES(
      "replication.queues",
      Kind.choice("auto", "off"),
      Need.OPTIONAL,
      "auto",
      "`auto`: on Linux 6.18 and newer, with up to 32 processors, file operations come through a"
          + " queue for each processor (FUSE over io_uring), which takes less of the processors'"
          + " time; the kernel's parameter `fuse.enable_uring` is switched on for it. `off`: through"
          + " `/dev/fuse`, as on older kernels."),

  RESYNC_MAX_ROUNDS(
      "resync.maxRounds",
      Kind.count(1, 100),
      Need.OPTIONAL,
      "12",
      "Rounds of reintegration after which the last one is started even if much has changed"
          + " again."),
  RESYNC_QUIESCE_BELOW(
      "resync.quiesceBelow",
      Kind.size("64KiB", "1TiB"),
      Need.OPTIONAL,
      "8MiB",
      "Remaining bytes below which the last round of reintegration starts."),
  RESYNC_QUIESCE_LIMIT(
      "resync.quiesceLimit",
      Kind.duration("50ms", "30s"),
      Need.OPTIONAL,
      "500ms",
      "Longest single pause of the application's writers that reintegration may cause."),

  SPLIT_POLICY(
      "split.policy",
      Kind.choice("manual", "keep-newer-primary", "keep-most-changes", "keep-node"),
      Need.OPTIONAL,
      "manual",
      "Who decides which history of a split goes on: an operator; or both nodes, at contact, for"
          + " the one that began to serve last, the one with the most operations, or `split.node`."
          + " The other one's files are quarantined first, whoever decides."),
  SPLIT_NODE(
      "split.node",
      Kind.NODE,
      Need.OPTIONAL,
      "",
      "Node whose history `split.policy: keep-node` keeps."),
  QUARANTINE_QUOTA(
      "split.quarantine.quota",
      Kind.size("0B", "1024TiB"),
      Need.OPTIONAL,
      "8GiB",
      "Most bytes that the quarantines of one module may hold on a node. What the losing side of a"
          + " split changed must fit, or its return does not begin."),
  QUARANTINE_RETENTION(
      "split.quarantine.retention",
      Kind.duration("0ms", "87600h"),
      Need.OPTIONAL,
      "720h",
      "Age at which a quarantine is deleted; `0ms` keeps it until it is removed by hand."),

  CONSOLE_LISTEN(
      "console.listen",
      Kind.ENDPOINT_PER_NODE,
      Need.OPTIONAL,
      "127.0.0.1:7443",
      "Address and port of the console and the REST interface."),

  LOGS_DIRECTORY(
      "logs.directory",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "/var/log/lockstep",
      "Where the agent's log and the applications' output go."),
  LOGS_SIZE(
      "logs.size",
      Kind.size("64KiB", "10GiB"),
      Need.OPTIONAL,
      "16MiB",
      "Size at which a log file is closed and a new one begun."),
  LOGS_COUNT(
      "logs.count",
      Kind.count(1, 1000),
      Need.OPTIONAL,
      "10",
      "Log files kept of each log; the oldest is deleted."),

  RECORDER_SIZE(
      "recorder.size",
      Kind.size("64KiB", "1GiB"),
      Need.OPTIONAL,
      "4MiB",
      "Size at which a module's recording, for `lockstep replay`, goes on in a new file."),
  RECORDER_COUNT(
      "recorder.count",
      Kind.count(1, 1000),
      Need.OPTIONAL,
      "8",
      "Files of its recording kept for each module; the oldest is deleted."),

  MODULE_PREFERRED(
      "modules.*.preferred",
      Kind.NODE,
      Need.FIRST_NODE,
      "",
      "Node on which the module runs when both could serve."),
  MODULE_FAILBACK_AFTER(
      "modules.*.failbackAfter",
      Kind.duration("0ms", "24h"),
      Need.OPTIONAL,
      "0ms",
      "How long the pair has to be PROTECTED, undisturbed, before the module goes back to its"
          + " preferred node by itself; 0ms: only when `lockstep switchback` is given."),
  DRILL_EVERY(
      "modules.*.drill.every",
      Kind.duration("0ms", "8760h"),
      Need.OPTIONAL,
      "0ms",
      "How often the secondary rehearses a takeover by itself; 0ms: only when `lockstep drill` is"
          + " given."),
  DRILL_TIMEOUT(
      "modules.*.drill.timeout",
      Kind.duration("1s", "24h"),
      Need.OPTIONAL,
      "5m",
      "Longest time of a drill; an application that is not up by then has failed it."),
  DRILL_SPACE(
      "modules.*.drill.space",
      Kind.size("1MiB", "1024TiB"),
      Need.OPTIONAL,
      "4GiB",
      "Most bytes that the application may change in its directories during a drill; they go to"
          + " `journal.directory` until it ends."),
  DIRECTORY_PATH(
      "modules.*.directories[].path",
      Kind.PATH_PER_NODE,
      Need.REQUIRED,
      "",
      "Replicated directory."),
  DIRECTORY_EXCLUDE(
      "modules.*.directories[].exclude",
      Kind.GLOBS,
      Need.OPTIONAL,
      "[]",
      "Globs, relative to the directory, of files that stay local to each node; `**` crosses"
          + " directories."),
  ADDRESS_IP(
      "modules.*.addresses[].ip",
      Kind.IP_WITH_PREFIX,
      Need.REQUIRED,
      "",
      "Virtual IPv4 or IPv6 address with its prefix length; it follows the application."),
  ADDRESS_INTERFACE(
      "modules.*.addresses[].interface",
      Kind.INTERFACE_PER_NODE,
      Need.REQUIRED,
      "",
      "Network interface that carries the virtual address."),
  CONFIRM_RUN(
      "modules.*.addresses[].confirm.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that asks an outside host whether it finds the address at this node, run by `/bin/sh"
          + " -c`; 0 means that it does. Until then the address is announced again and again; see"
          + " [addresses](#addresses)."),
  CONFIRM_TIMEOUT(
      "modules.*.addresses[].confirm.timeout",
      Kind.duration("100ms", "1m"),
      Need.OPTIONAL,
      "3s",
      "Time after which a command that has not ended is killed, and has not confirmed."),
  CONFIRM_AT_MOST(
      "modules.*.addresses[].confirm.atMost",
      Kind.duration("100ms", "10m"),
      Need.OPTIONAL,
      "15s",
      "Longest pause between two announcements; the first is 100ms, each twice the last."),
  CONFIRM_ALERT_AFTER(
      "modules.*.addresses[].confirm.alertAfter",
      Kind.duration("1s", "24h"),
      Need.OPTIONAL,
      "10s",
      "Time without confirmation after which an event tells of it."),
  START_RUN(
      "modules.*.application.start.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that starts the application, run by `/bin/sh -c`; it may return or stay."),
  START_TIMEOUT(
      "modules.*.application.start.timeout",
      Kind.duration("100ms", "24h"),
      Need.OPTIONAL,
      "60s",
      "Time within which the application must have started."),
  STOP_RUN(
      "modules.*.application.stop.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that stops the application, run by `/bin/sh -c`."),
  STOP_TIMEOUT(
      "modules.*.application.stop.timeout",
      Kind.duration("100ms", "24h"),
      Need.OPTIONAL,
      "30s",
      "Time within which the application must have stopped."),
  STOP_THEN_KILL(
      "modules.*.application.stop.thenKill",
      Kind.BOOLEAN,
      Need.OPTIONAL,
      "true",
      "Whether what is left after that time is killed; if not, the stop fails."),
  APPLICATION_UNIT(
      "modules.*.application.unit",
      Kind.UNIT,
      Need.OPTIONAL,
      "",
      "Unit of systemd that is the application, in place of `start.run` and `stop.run`; see"
          + " [units](#units). It must not be enabled at boot."),
  APPLICATION_SYSTEMCTL(
      "modules.*.application.systemctl",
      Kind.PATH_PER_NODE,
      Need.OPTIONAL,
      "/usr/bin/systemctl",
      "Program that starts, stops and shows units."),
  STEP_UNIT(
      "modules.*.application.steps[].unit",
      Kind.UNIT,
      Need.OPTIONAL,
      "",
      "Unit of systemd that is the step, in place of its `start.run` and `stop.run`."),
  STEP_NAME(
      "modules.*.application.steps[].name",
      Kind.NAME,
      Need.REQUIRED,
      "",
      "Name of a step, in messages and in `after`. Steps stand in place of `start` and `stop`; see"
          + " [steps](#steps)."),
  STEP_AFTER(
      "modules.*.application.steps[].after",
      Kind.STEPS,
      Need.OPTIONAL,
      "[]",
      "Steps that must be ready before this one begins, and that are stopped after it."),
  STEP_START_RUN(
      "modules.*.application.steps[].start.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that starts the step, run by `/bin/sh -c`; it may return or stay."),
  STEP_START_TIMEOUT(
      "modules.*.application.steps[].start.timeout",
      Kind.duration("100ms", "24h"),
      Need.OPTIONAL,
      "60s",
      "Time within which the step must have started and be ready."),
  STEP_READY_RUN(
      "modules.*.application.steps[].ready.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that answers 0 when the step is ready, run by `/bin/sh -c`. Without `ready` a step"
          + " is ready when its start command has returned 0."),
  STEP_READY_EVERY(
      "modules.*.application.steps[].ready.every",
      Kind.duration("10ms", "1m"),
      Need.OPTIONAL,
      "200ms",
      "Interval from the end of one such try to the next."),
  STEP_STOP_RUN(
      "modules.*.application.steps[].stop.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that stops the step, run by `/bin/sh -c`."),
  STEP_STOP_TIMEOUT(
      "modules.*.application.steps[].stop.timeout",
      Kind.duration("100ms", "24h"),
      Need.OPTIONAL,
      "30s",
      "Time within which the step must have stopped."),
  STEP_STOP_THEN_KILL(
      "modules.*.application.steps[].stop.thenKill",
      Kind.BOOLEAN,
      Need.OPTIONAL,
      "true",
      "Whether what is left of the step after that time is killed; if not, the stop fails there."),
  CHECK_RUN(
      "modules.*.application.check.run",
      Kind.COMMAND,
      Need.REQUIRED,
      "",
      "Command that answers 0 when the application is well, run by `/bin/sh -c`."),
  CHECK_EVERY(
      "modules.*.application.check.every",
      Kind.duration("100ms", "1h"),
      Need.OPTIONAL,
      "5s",
      "Interval between checks."),
  CHECK_TIMEOUT(
      "modules.*.application.check.timeout",
      Kind.duration("100ms", "1h"),
      Need.OPTIONAL,
      "10s",
      "Time after which a check that has not answered counts as failed."),
  CHECK_FAILURES(
      "modules.*.application.check.failures",
      Kind.count(1, 1000),
      Need.OPTIONAL,
      "3",
      "Failed checks in a row after which the application is restarted."),
  RESTARTS_MAX(
      "modules.*.application.restarts.max",
      Kind.count(0, 1000),
      Need.OPTIONAL,
      "3",
      "Restarts in place allowed within `within`."),
  RESTARTS_WITHIN(
      "modules.*.application.restarts.within",
      Kind.duration("1s", "168h"),
      Need.OPTIONAL,
      "10m",
      "Time over which restarts are counted."),
  RESTARTS_THEN(
      "modules.*.application.restarts.then",
      Kind.choice("switchover", "stop"),
      Need.OPTIONAL,
      "switchover",
      "What happens when the restarts are used up."),
  APPLICATION_ENVIRONMENT(
      "modules.*.application.environment",
      Kind.ENVIRONMENT,
      Need.OPTIONAL,
      "{}",
      "Environment variables for the commands, as text."),
  CHECKER_NAME(
      "modules.*.checkers[].name",
      Kind.TEXT,
      Need.OPTIONAL,
      "",
      "What it is called in status, events and metrics; without it the kind and what it looks at."),
  CHECKER_TCP(
      "modules.*.checkers[].tcp",
      Kind.ENDPOINT,
      Need.OPTIONAL,
      "",
      "Good when a connection is accepted there."),
  CHECKER_HTTP_URL(
      "modules.*.checkers[].http.url",
      Kind.URL,
      Need.REQUIRED,
      "",
      "Good when GET is answered as the next two keys say. Redirections are not followed; for"
          + " `https` the certificate must be one that the machine trusts."),
  CHECKER_HTTP_STATUS(
      "modules.*.checkers[].http.status",
      Kind.count(100, 599),
      Need.OPTIONAL,
      "200",
      "Status that the answer must have."),
  CHECKER_HTTP_CONTAINS(
      "modules.*.checkers[].http.contains",
      Kind.TEXT,
      Need.OPTIONAL,
      "",
      "Text that must be in the first MiB of the answer."),
  CHECKER_PING(
      "modules.*.checkers[].ping",
      Kind.ADDRESS,
      Need.OPTIONAL,
      "",
      "Good when the address answers an ICMP echo."),
  CHECKER_INTERFACE(
      "modules.*.checkers[].interface",
      Kind.INTERFACE_PER_NODE,
      Need.OPTIONAL,
      "",
      "Good when the interface is up and has a carrier."),
  CHECKER_ADDRESS(
      "modules.*.checkers[].address",
      Kind.choice("true"),
      Need.OPTIONAL,
      "",
      "Good when all virtual addresses of the module are on the machine."),
  CHECKER_SPACE_PATH(
      "modules.*.checkers[].space.path",
      Kind.PATH_PER_NODE,
      Need.REQUIRED,
      "",
      "File or directory whose file system is looked at."),
  CHECKER_SPACE_FREE(
      "modules.*.checkers[].space.free",
      Kind.size("1B", "1024TiB"),
      Need.OPTIONAL,
      "1GiB",
      "Good when at least that much is free."),
  CHECKER_PROCESS(
      "modules.*.checkers[].process",
      Kind.TEXT,
      Need.OPTIONAL,
      "",
      "`any`: good while the application has processes; a name as `ps -o comm` shows it: while one"
          + " of them has it."),
  CHECKER_UNIT(
      "modules.*.checkers[].unit",
      Kind.UNIT,
      Need.OPTIONAL,
      "",
      "Good while that unit of the application's is active. A unit that no checker names is looked"
          + " at with the defaults of this table."),
  CHECKER_RUN(
      "modules.*.checkers[].run",
      Kind.COMMAND,
      Need.OPTIONAL,
      "",
      "Good when the command, run by `/bin/sh -c` beside the application, ends with 0."),
  CHECKER_EVERY(
      "modules.*.checkers[].every",
      Kind.duration("100ms", "1h"),
      Need.OPTIONAL,
      "5s",
      "Interval from the end of one look to the next."),
  CHECKER_TIMEOUT(
      "modules.*.checkers[].timeout",
      Kind.duration("100ms", "1h"),
      Need.OPTIONAL,
      "2s",
      "Time after which a look that has not answered counts as failed."),
  CHECKER_FAILURES(
      "modules.*.checkers[].failures",
      Kind.count(1, 1000),
      Need.OPTIONAL,
      "3",
      "Failed looks in a row after which `then` follows."),
  CHECKER_THEN(
      "modules.*.checkers[].then",
      Kind.choice("restart", "switchover", "stop", "wait"),
      Need.OPTIONAL,
      "",
      "What follows; see [checkers](#checkers). By default `restart` for tcp, http, process, unit"
          + " and run, `switchover` for ping, interface, address and space."),

  GROUP(
      "groups.*",
      Kind.MODULES,
      Need.OPTIONAL,
      "",
      "Modules that always serve on the same node: they move together, or none of them by choice."
          + " Their applications start in this order and stop in reverse. All have the same"
          + " `preferred` and `failbackAfter`.");

  /** Whether a key must be written. */
  enum Need {
    REQUIRED,
    OPTIONAL,
    FIRST_NODE
  }

  private final String path;
  private final Kind kind;
  private final Need need;
  private final String defaultText;
  private final String meaning;

  Key(String path, Kind kind, Need need, String defaultText, String meaning) {
    this.path = path;
    this.kind = kind;
    this.need = need;
    this.defaultText = defaultText;
    this.meaning = meaning;
  }

  /** Where the key stands. */
  public String path() {
    return path;
  }

  /** The last word of the path: the key as written. */
  public String word() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  Kind kind() {
    return kind;
  }

  boolean required() {
    return need == Need.REQUIRED;
  }

  /** The value where the key is not written. */
  String defaultText() {
    return defaultText;
  }

  /** For the documentation: the default, or that there is none. */
  public String defaultForDocumentation() {
    return switch (need) {
      case REQUIRED -> "required";
      case OPTIONAL -> "`" + defaultText + "`";
      case FIRST_NODE -> "the first node";
    };
  }

  /** Whether its value is a number of bytes. */
  boolean size() {
    return kind.allowed().startsWith("a size");
  }

  /** What it takes. */
  public String allowed() {
    return kind.allowed();
  }

  /** One or two sentences. */
  public String meaning() {
    return meaning;
  }

  /**
   * Whether a running node can change it. What the peer must agree on at the same moment, or what
   * is fixed while files are open, needs a restart of the agent.
   */
  public boolean live() {
    return path.startsWith("modules.*.application.")
        || path.startsWith("modules.*.checkers[].")
        || path.startsWith("resync.")
        || path.startsWith("split.")
        || path.startsWith("timing.")
        || this == MODULE_PREFERRED
        || this == MODULE_FAILBACK_AFTER
        || path.startsWith("modules.*.drill.")
        || this == CONSOLE_LISTEN
        || this == LOGS_SIZE
        || this == LOGS_COUNT
        || this == RECORDER_SIZE
        || this == RECORDER_COUNT;
  }

  /** The words that may stand in the map at {@code pattern}, in the order of this table. */
  static List<String> words(String pattern) {
    String prefix = pattern.isEmpty() ? "" : pattern + ".";
    return Arrays.stream(values())
        .map(Key::path)
        .filter(p -> p.startsWith(prefix))
        .map(p -> p.substring(prefix.length()).split("[.\\[]", 2)[0])
        .distinct()
        .toList();
  }

  /** The key that a concrete path, such as {@code modules.desk.preferred}, belongs to. */
  public static Optional<Key> of(String concrete) {
    String plain = concrete.replaceAll("\\[\\d+\\]", "[]");
    String pattern = plain.replaceFirst("^(nodes|modules|groups)\\.[^.\\[]+", "$1.*");
    return Arrays.stream(values())
        .filter(
            k ->
                pattern.equals(k.path)
                    || pattern.startsWith(k.path + ".")
                    || pattern.startsWith(k.path + "["))
        .findFirst();
  }
}
