#!/bin/bash
# Power cuts of real agents. See scripts/power-cut.sh --help.
set -u
repository=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd) || exit 2
. "$repository/scripts/setup.sh" || exit 2
target=$repository/replicator-agent/powercut/target

[ "$(uname -s)" = Linux ] || fail "Power cuts need Linux: they make network namespaces and FUSE mounts."
become_root "$repository/scripts/power-cut.sh" "Power cuts make network namespaces, mounts and loop devices" "$@"
fuse_works || fail "/dev/fuse is missing or refused: this kernel or container offers no FUSE."
need_basics
need e2fsprogs mkfs.ext4
need xfsprogs mkfs.xfs
need btrfs-progs mkfs.btrfs
install_missing
use_java
mount_cgroups

build_when_changed replicator-agent/powercut "$target/built"
launcher=${LOCKSTEP_LAUNCHER:-$repository/replicator-agent/src/main/scripts/lockstep}
exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xms256m -Xmx2g --add-opens=java.base/java.nio=ALL-UNNAMED -Dlockstep.launcher="$launcher" \
  -Dlogback.configurationFile=demo-logback.xml \
  -cp "$target/classes:$target/lib/*" io.lockstep.powercut.PowerCut "$@"
