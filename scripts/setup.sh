# Sourced by ./verify and ./demo: what the scripts of this repository need of the machine.

# Ends the script: a message for people, exit code 2 (wrong usage or set-up).
fail() { printf '%s\n' "$*" >&2; exit 2; }

# A message for people, beside the output proper.
note() { printf '%s\n' "$*" >&2; }

# Starts the script $1 again through sudo unless this is root already. $2 tells what needs root.
become_root() {
  local script=$1 why=$2
  shift 2
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null || fail "$why: run it as root."
  sudo -n true 2>/dev/null || [ -t 0 ] || fail "$why: run it as root, or through sudo."
  note "$why: going on through sudo."
  exec sudo --preserve-env=CI,JAVA_HOME,MAVEN_OPTS -- "$script" "$@"
}

# Prints the home of a JDK of version 17 or newer.
java_home() {
  local home version
  for home in "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")" \
      /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] || continue
    version=$("$home/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ] && { echo "$home"; return 0; }
  done
  return 1
}

# Notes the package $1 as missing unless all the commands that follow are there.
missing=()
need() {
  local package=$1 name
  shift
  for name in "$@"; do
    command -v "$name" >/dev/null || { missing+=("$package"); return; }
  done
}

# What every build and every cluster on this machine needs.
need_basics() {
  java_home >/dev/null || missing+=(openjdk-17-jdk-headless)
  need maven mvn
  need iproute2 ip tc
  need util-linux nsenter setpriv flock unshare mount
  need procps ps sysctl
  need sqlite3 sqlite3
}

# Its program alone, for systemds of the tests' own: nothing of Debian's starts with it.
need_systemd() {
  [ -x /usr/lib/systemd/systemd ] || [ -x /lib/systemd/systemd ] || missing+=(systemd)
}

need_postgresql() {
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
}

# What the applications of ./verify --applications are made of. The servers' programs alone: no
# service of Debian's starts. PostgreSQL's own tests are compiled from its source.
need_applications() {
  need mariadb-server-core mariadbd
  need mariadb-client-core mariadb
  need gcc gcc
  need make make
  need dpkg-dev dpkg-source
  need perl perl
  [ -f /usr/include/stdlib.h ] || missing+=(libc6-dev)
}

# Installs what is noted as missing. Needs no network, and says nothing, where nothing is.
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "Missing: ${missing[*]}. Install them; this is no Debian or Ubuntu."
  note "Installing ${missing[*]} ..."
  local log
  log=$(mktemp)
  if ! install_packages "${missing[@]}" </dev/null >"$log" 2>&1; then
    tail -20 "$log" >&2
    fail "The installation of ${missing[*]} failed; the whole output is in $log."
  fi
  rm -f "$log"
  missing=()
}

# PostgreSQL's programs are wanted, not the cluster that Debian starts with them.
install_packages() {
  local apt=(apt-get -y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  local clusters=/etc/postgresql-common/createcluster.conf packages package
  export DEBIAN_FRONTEND=noninteractive
  apt-get update || echo "The package lists could not be renewed; trying with those that are here."
  mapfile -t packages < <(for package in "$@"; do here_called "$package"; done)
  case " ${packages[*]} " in
    *" postgresql "*)
      "${apt[@]}" install postgresql-common || return
      cp -p "$clusters" "$clusters.kept" || return
      sed -i -E 's/^#? *create_main_cluster.*/create_main_cluster = false/' "$clusters"
      "${apt[@]}" install "${packages[@]}"
      local result=$?
      mv "$clusters.kept" "$clusters"
      return $result ;;
  esac
  "${apt[@]}" install "${packages[@]}"
}

# What the package $1 is called in this distribution; nothing if it has none and can be done without.
here_called() {
  if apt-cache show "$1" >/dev/null 2>&1; then echo "$1"; return; fi
  case $1 in
    openjdk-17-jdk-headless) echo default-jdk-headless ;;
    chromium*) ;; # Ubuntu has browsers as snaps only: the tests in a browser are skipped
    *) echo "$1" ;;
  esac
}

# Sets JAVA_HOME and PATH to the JDK found.
use_java() {
  JAVA_HOME=$(java_home) || fail "No JDK of version 17 or newer was found."
  export JAVA_HOME PATH=$JAVA_HOME/bin:$PATH
}

# Mounts control groups of version 2, which hold an application's processes together, if none are.
mount_cgroups() {
  grep -q ' - cgroup2 ' /proc/self/mountinfo && return 0
  local at=/sys/fs/cgroup/unified
  mkdir -p "$at" 2>/dev/null && mount -t cgroup2 cgroup2 "$at" && return 0
  note "No control groups of version 2 can be mounted on $at: what needs them will fail."
}

# Whether mounts in user space are possible; makes the device where the kernel can and it is missing.
fuse_works() {
  grep -qw fuse /proc/filesystems || modprobe fuse 2>/dev/null
  [ -c /dev/fuse ] || { grep -qw fuse /proc/filesystems && mknod -m 666 /dev/fuse c 10 229 2>/dev/null; }
  [ -c /dev/fuse ] && (exec 9<>/dev/fuse) 2>/dev/null
}

# Builds the Maven module $1 with what it needs, if any source is newer than the file $2.
build_when_changed() {
  local module=$1 stamp=$2 log
  if [ -f "$stamp" ] && [ -d "$repository/$module/target/classes" ] && [ -z "$(find "$repository" -name target -prune -o \
      \( -path '*/src/main/*' -o -name pom.xml \) -type f -newer "$stamp" -print -quit)" ]; then return; fi
  note "Building $module ..."
  log=$(mktemp)
  (cd "$repository" && mvn -q -B -ntp -DskipTests -Dspotbugs.skip -Dspotless.check.skip \
    -pl "$module" -am package) >"$log" 2>&1 || { tail -40 "$log" >&2; fail "The build failed; the whole output is in $log."; }
  rm -f "$log"
  touch "$stamp"
}
