package io.lockstep.agent.configuration;

/** Configurations for tests. */
public final class Samples {
  private Samples() {}

  /** A complete one, as a user would write it. */
  public static final String DISPATCH =
      """
      cluster: {name: dispatch, keyFile: /etc/lockstep/cluster.key, arbiter: none}
      nodes:
        desk-a: {link: 10.0.1.1:7400, heartbeats: [10.0.1.1:7401, 192.168.9.1:7401]}
        desk-b: {link: 10.0.1.2:7400, heartbeats: [10.0.1.2:7401, 192.168.9.2:7401]}
      timing: {heartbeat: 1s, takeoverAfter: 30s, ackTimeout: 6s}
      journal: {directory: /var/lib/lockstep, maxSize: 8GiB, reserve: 1GiB}
      console: {listen: 127.0.0.1:7443}
      modules:
        desk:
          preferred: desk-a
          directories: [{path: /srv/desk, exclude: ["tmp/**"]}]
          addresses: [{ip: 10.0.1.50/24, interface: eth0}]
          application:
            start: {run: /opt/desk/start, timeout: 60s}
            stop: {run: /opt/desk/stop, timeout: 30s, thenKill: true}
            check: {run: /opt/desk/check, every: 5s, failures: 3}
            restarts: {max: 3, within: 10m, then: switchover}
      """;
}
