package io.lockstep.replicator.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A systemctl for machines on which systemd does not run: a script that starts, stops, kills and
 * shows units as files in a directory say, with real processes.
 *
 * <p>A unit is there when its file {@code NAME} is: a script, which stays as its process. What is
 * in {@code NAME.enabled}, {@code NAME.kill-mode} is shown; while {@code NAME.restarts} is there a
 * process that was killed is started again; {@code calls} lists every call.
 */
public final class PlayedSystemd {
  private static final String SCRIPT =
      """
      #!/bin/bash
      cd "%s" || exit 1
      verb=$1; shift
      properties=
      while [[ ${1-} == --* && $1 != -- ]]; do
        [[ $1 == --property=* ]] && properties=${1#--property=}
        [[ $1 == --no-block ]] && noBlock=yes
        shift
      done
      [[ ${1-} == -- ]] && shift
      unit=$1
      echo "$verb $unit" >> calls
      [[ -e hangs ]] && sleep 60
      pid=$(cat "$unit.pid" 2>/dev/null)
      lives() { [[ -n $pid && -n $(cat /proc/$pid/cmdline 2>/dev/null | tr -d '\\\\0') ]]; }
      state() { if lives; then echo active; elif [[ -e $unit.failed ]]; then echo failed; else echo inactive; fi; }
      if [[ ! -e $unit && $verb != show ]]; then echo "Unit $unit not found."; exit 5; fi
      case $verb in
        start)
          lives && exit 0
          rm -f "$unit.failed"
          setsid bash "$PWD/$unit" < /dev/null > /dev/null 2>&1 &
          echo $! > "$unit.pid"
          if [[ -e $unit.refuses ]]; then touch "$unit.failed"; echo "Job for $unit failed."; exit 1; fi ;;
        stop)
          if [[ -n $pid ]]; then kill -- -$pid || kill $pid; rm -f "$unit.restarts"; fi 2>/dev/null
          [[ -n ${noBlock-} ]] && exit 0
          while lives; do sleep 0.02; done ;;
        kill)
          { kill -KILL -- -$pid || kill -KILL $pid; } 2>/dev/null
          if [[ -e $unit.restarts ]]; then
            setsid bash "$PWD/$unit" < /dev/null > /dev/null 2>&1 & echo $! > "$unit.pid"
          fi ;;
        reset-failed) rm -f "$unit.failed" ;;
        is-active) state; lives ;;
        show)
          [[ -e $unit ]] && load=loaded || load=not-found
          {
            echo "LoadState=$load"; echo "ActiveState=$(state)"; echo "SubState=played"
            echo "Result=success"
            echo "UnitFileState=$(cat "$unit.enabled" 2>/dev/null || echo disabled)"
            echo "KillMode=$(cat "$unit.kill-mode" 2>/dev/null || echo control-group)"
          } | grep -E "^(${properties//,/|})=" ;;
        *) echo "unknown verb $verb"; exit 1 ;;
      esac
      """;

  private final Path directory;

  private PlayedSystemd(Path directory) {
    this.directory = directory;
  }

  /** In an empty directory. */
  public static PlayedSystemd in(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path script = Files.writeString(directory.resolve("systemctl"), SCRIPT.formatted(directory));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new PlayedSystemd(directory);
  }

  /** What stands in for the program. */
  public Path systemctl() {
    return directory.resolve("systemctl");
  }

  /** Makes a unit whose process runs that script. */
  public void make(String name, String script) throws IOException {
    Files.writeString(directory.resolve(name), script);
  }

  /** A file that says something of a unit. */
  public Path file(String name) {
    return directory.resolve(name);
  }
}
