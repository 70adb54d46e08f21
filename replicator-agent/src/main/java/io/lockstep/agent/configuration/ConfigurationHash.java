package io.lockstep.agent.configuration;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The canonical form of a configuration: every key's path with its value, defaults included. Two
 * files that mean the same have the same form, however they are written; the order of modules and
 * of list items is part of it.
 */
public final class ConfigurationHash {
  private ConfigurationHash() {}

  /** SHA-256 of the canonical form, in hexadecimal. */
  public static String of(ClusterConfiguration configuration) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      flat(configuration)
          .forEach(
              (key, value) -> {
                digest.update(key.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
                digest.update(value.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
              });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Every key's path with its value. */
  static Map<String, String> flat(ClusterConfiguration configuration) {
    Map<String, String> flat = new LinkedHashMap<>();
    put(flat, "", configuration);
    return flat;
  }

  private static void put(Map<String, String> flat, String path, Object value) {
    if (value instanceof Optional<?> optional) {
      optional.ifPresent(present -> put(flat, path, present));
    } else if (value instanceof PerNode<?> perNode) {
      put(flat, path, perNode.values());
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> put(flat, join(path, key.toString()), item));
    } else if (value instanceof Collection<?> list) {
      int index = 0;
      for (Object item : list) {
        put(flat, path + "[" + index++ + "]", item);
      }
    } else if (value instanceof Record composite && !(value instanceof Endpoint)) {
      for (RecordComponent component : composite.getClass().getRecordComponents()) {
        put(flat, join(path, word(component)), read(component, composite));
      }
    } else {
      flat.put(path, value instanceof Duration d ? Units.show(d) : value.toString());
    }
  }

  private static String word(RecordComponent component) {
    return component.getName().equals("networkInterface") ? "interface" : component.getName();
  }

  private static String join(String path, String word) {
    return path.isEmpty() ? word : path + "." + word;
  }

  private static Object read(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's accessor failed: " + component, e);
    }
  }
}
