package io.lockstep.agent.node;

import io.lockstep.agent.configuration.CheckerConfiguration;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.failover.application.Application;
import io.lockstep.failover.application.ApplicationSpec;
import io.lockstep.failover.application.Checker;
import io.lockstep.failover.application.CheckerState;
import io.lockstep.failover.application.Probe;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/** Makes of the configuration's checkers those of the supervision, on one node. */
final class CheckerSpecs {
  private final ModuleContext context;

  CheckerSpecs(ModuleContext context) {
    this.context = context;
  }

  List<Checker> of(List<CheckerConfiguration> configured) {
    return configured.stream().map(this::of).toList();
  }

  private Checker of(CheckerConfiguration c) {
    return new Checker(
        c.name(),
        probe(c),
        c.every(),
        c.timeout(),
        c.failures(),
        switch (c.then()) {
          case RESTART -> Checker.Action.RESTART;
          case SWITCHOVER -> Checker.Action.SWITCHOVER;
          case STOP -> Checker.Action.STOP;
          case WAIT -> Checker.Action.WAIT;
        });
  }

  private Probe probe(CheckerConfiguration c) {
    if (c.tcp().isPresent()) {
      Endpoint endpoint = c.tcp().get();
      return new Probe.Tcp(new InetSocketAddress(endpoint.address(), endpoint.port()));
    }
    if (c.http().isPresent()) {
      CheckerConfiguration.Http http = c.http().get();
      return new Probe.Http(URI.create(http.url()), http.status(), http.contains());
    }
    if (c.ping().isPresent()) {
      return new Probe.Ping(c.ping().get());
    }
    if (!c.networkInterface().values().isEmpty()) {
      return new Probe.Interface(c.networkInterface().of(context.node()));
    }
    if (c.address()) {
      return new Probe.VirtualAddresses();
    }
    if (c.space().isPresent()) {
      CheckerConfiguration.Space space = c.space().get();
      return new Probe.Space(space.path().of(context.node()), space.free());
    }
    if (c.process().isPresent()) {
      String name = c.process().get();
      return new Probe.Processes(name.equals("any") ? "" : name);
    }
    if (c.unit().isPresent()) {
      return new Probe.OfUnit(ApplicationRunner.unit(context, c.unit().get()));
    }
    return new Probe.Command(c.run().orElseThrow());
  }

  /** Before anything is looked at. */
  List<Application.CheckerStatus> untouched(ApplicationSpec spec) {
    return spec.all().stream()
        .map(c -> new Application.CheckerStatus(c, CheckerState.fresh(c.name()), 0))
        .toList();
  }
}
