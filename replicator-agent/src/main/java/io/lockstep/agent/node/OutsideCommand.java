package io.lockstep.agent.node;

import io.lockstep.agent.arbiter.ShellCommand;
import io.lockstep.agent.configuration.ModuleConfiguration.Confirm;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks by a command of the operator's whether an outside host finds a virtual address here. It is
 * told in its environment which address ({@code LOCKSTEP_ADDRESS}), where it is ({@code
 * LOCKSTEP_NODE}, {@code LOCKSTEP_INTERFACE}), the hardware address that a neighbour should have
 * for it ({@code LOCKSTEP_MAC}), and for which module ({@code LOCKSTEP_MODULE}).
 */
final class OutsideCommand implements OutsideView.Asking {
  private final String module;
  private final String node;

  OutsideCommand(String module, String node) {
    this.module = module;
    this.node = node;
  }

  @Override
  public String ask(VirtualAddress address, Confirm how) throws InterruptedException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("LOCKSTEP_MODULE", module);
    environment.put("LOCKSTEP_NODE", node);
    environment.put("LOCKSTEP_ADDRESS", address.address().getHostAddress());
    environment.put("LOCKSTEP_INTERFACE", address.networkInterface());
    environment.put("LOCKSTEP_MAC", mac(address.networkInterface()));
    return ShellCommand.problem(how.run(), environment, how.timeout());
  }

  private static String mac(String name) {
    try {
      NetworkInterface found = NetworkInterface.getByName(name);
      byte[] mac = found == null ? null : found.getHardwareAddress();
      return mac == null ? "" : HexFormat.ofDelimiter(":").formatHex(mac);
    } catch (SocketException e) {
      return "";
    }
  }
}
