#!/bin/bash
# A pair of virtual machines on other kernels. See scripts/guest-pair.sh --help.
set -u
repository=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd) || exit 2
. "$repository/scripts/setup.sh" || exit 2
powercut=$repository/replicator-agent/powercut/target
work=$repository/target/guests

usage() {
  cat <<'HELP'
Usage: scripts/guest-pair.sh [--kernel SUITE | --kernel FILE.deb] ... [--keep]

Boots two virtual machines in QEMU's software emulation, each with a kernel, a disk and an agent of
its own, on a kernel that is not this machine's. A recorder writes; the machine that serves is
killed as by a power cut; the other one takes over; the first boots again and returns. Then both
are turned off, every acknowledged write is looked for on both disks, and both trees are compared.
Needs root and Debian's package sources; downloads about 150 MB the first time. The machines reach
each other and nothing else: they run in a network namespace that has a loopback address only.

  --kernel SUITE      The cloud kernel of a Debian release: bookworm (6.1), bullseye (5.10), or any
                      other that the package source has. May be given again; without it both are run.
  --kernel FILE.deb   A package with a kernel and its modules.
  --keep              Leave the machines' disks and consoles in target/guests.
  -h, --help          Print this and exit.

The last line is: N kernels, N good, N not.
Exit codes: 0 nothing lost on any kernel, 1 something was not good, 2 wrong usage or set-up.
HELP
}

kernels=() keep=false
words=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --kernel) [ $# -gt 1 ] || fail "--kernel needs a release or a file."; kernels+=("$2"); shift ;;
    --keep) keep=true ;;
    *) note "scripts/guest-pair.sh does not know $1."; usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#kernels[@]} -gt 0 ] || kernels=(bookworm bullseye)

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "The guests need Linux on x86-64."
become_root "$repository/scripts/guest-pair.sh" "The guests' disks are made and judged through mounts" "${words[@]}"
need_basics
need qemu-system-x86 qemu-system-x86_64
need cpio cpio
need kmod depmod modprobe
need e2fsprogs mkfs.ext4
install_missing
use_java
command -v dpkg-deb >/dev/null && command -v apt-get >/dev/null || fail "The guests are made of Debian's packages: this is no Debian or Ubuntu."

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(sed -nE 's|^(URIs: *\|deb +(\[[^]]*\] +)?)(https?://[^ ]+/debian)/?( .*)?$|\3|p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
mirror=${mirror:-http://deb.debian.org/debian}
mkdir -p "$work"

# Prints nothing; the whole output of a step that fails: quietly WHAT COMMAND ...
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; fail "$what failed; the whole output is in $log."; }
  rm -f "$log"
}

# apt over one release alone, and nothing of this machine's own state: apt_of SUITE COMMAND ...
apt_of() {
  local suite=$1 at=$work/apt-$1 tool=$2
  shift 2
  mkdir -p "$at"/{lists,archives}/partial
  : >>"$at/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$at/sources.list"
  "$tool" -o Dir::Etc::sourcelist="$at/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$at/lists" \
    -o Dir::State::status="$at/status" -o Dir::Cache::archives="$at/archives" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o APT::Install-Recommends=false "$@"
}

# Unpacks packages into the directory $1; usr-merged directories stay links.
unpack() {
  local into=$1 file
  shift
  for file in "$@"; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink -C "$into" || return
  done
}

# Debian's user space as an image, made once: a JRE and what an agent and its guardian call.
base=$work/base.img
make_base() {
  local root=$work/base java
  rm -rf "$root" "$work/apt-bookworm/archives"
  mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},proc,sys,dev,run,tmp,var/tmp,data,opt/lockstep,etc}
  for java in bin sbin lib lib64; do ln -s usr/$java "$root/$java"; done
  apt_of bookworm apt-get -q update || return
  apt_of bookworm apt-get -y -q --download-only install openjdk-17-jre-headless bash coreutils iproute2 util-linux \
    mount gawk sed grep findutils procps busybox-static || return
  unpack "$root" "$work"/apt-bookworm/archives/*.deb || return
  cp "$root/bin/busybox" "$work/busybox"
  [ -e "$root/bin/sh" ] || ln -s bash "$root/bin/sh"
  echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  ln -s "$(basename "$(ls -d "$root"/usr/lib/jvm/java-*-openjdk-* | head -1)")" "$root/usr/lib/jvm/default"
  ldconfig -r "$root" || return
  # The class archive is what its package makes when it is installed; without it java starts slower.
  chroot "$root" /usr/lib/jvm/default/bin/java -Xshare:dump || echo "no class archive"
  rm -rf "$root"/usr/share/{doc,man,locale,perl,fonts,alsa} "$root"/usr/lib/x86_64-linux-gnu/perl*
  mkfs.ext4 -q -F -d "$root" -m 0 "$base.new" 700M || return
  mv "$base.new" "$base" && rm -rf "$root"
}

# Lockstep as the runbook installs it, the recorder, and the guest's first process, as an image.
make_product() {
  local root=$work/product agent=$repository/replicator-agent
  rm -rf "$root"
  mkdir -p "$root"/{bin,lib,recorder}
  cp "$agent/src/main/scripts/lockstep" "$root/bin/"
  cp "$agent"/target/lib/*.jar "$root/lib/"
  cp "$agent"/target/replicator-agent-*.jar "$root/"
  cp -r "$powercut/classes/." "$root/recorder/"
  cp -r "$repository/scripts/guest" "$root/guest"
  mkfs.ext4 -q -F -d "$root" -m 0 "$work/product.img" 128M && rm -rf "$root"
}

# The file of the kernel package that $1 asks for; one that was downloaded stays until it is removed.
kernel_package() {
  local found
  case $1 in
    *.deb) [ -f "$1" ] && readlink -f "$1"; return ;;
  esac
  ls "$work/apt-$1"/linux-image-*_*.deb 2>/dev/null && return
  apt_of "$1" apt-get -q update >&2 || return
  found=$(apt_of "$1" apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: *\(linux-image-.*\)/\1/p' | head -1)
  [ -n "$found" ] || return
  (cd "$work/apt-$1" && apt_of "$1" apt-get -q download "$found" >&2 && ls "$PWD/$found"_*.deb)
}

# Kernel and initramfs of the package $1 into the directory $2.
make_kernel() {
  local root=$2/root tree=$2/tree release name module number=10
  rm -rf "$2"
  mkdir -p "$root" "$tree"/{bin,modules,proc,sys,dev,root}
  dpkg-deb -x "$1" "$root" || return
  cp "$root"/boot/vmlinuz-* "$2/vmlinuz" || return
  release=$(ls "$root/lib/modules")
  depmod -b "$root" "$release" || return
  for name in virtio_pci virtio_blk virtio_net virtio_rng ext4 fuse; do
    modprobe -d "$root" -S "$release" --show-depends "$name" || return
  done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' >"$2/modules"
  while read -r module; do
    number=$((number + 1)) name=$number-$(basename "$module")
    case $module in
      *.xz) xz -dc "$module" >"$tree/modules/${name%.xz}" ;;
      *) cp "$module" "$tree/modules/$name" ;;
    esac || return
  done <"$2/modules"
  cp "$work/busybox" "$tree/bin/busybox"
  ln -s busybox "$tree/bin/sh"
  cp "$repository/scripts/guest/initramfs-init" "$tree/init"
  (cd "$tree" && find . | cpio -o -H newc --quiet) | gzip -1 >"$2/initramfs" && rm -rf "$root" "$tree"
}

# Plays on the kernel $1.
play() {
  local package at home result
  package=$(kernel_package "$1") || { note "No kernel is to be had for $1."; return 1; }
  at=$work/kernel-$(basename "$package" .deb)
  quietly "Making the guests' kernel" make_kernel "$package" "$at"
  ln -sf "$base" "$work/product.img" "$at/"
  home=$(mktemp -d "$work/pair.XXXXXX")
  # Everything that runs in there ends with its first process, however that ends.
  unshare --net --mount --pid --fork --kill-child --mount-proc -- bash -c 'ip link set lo up && exec "$@"' guests \
    "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx256m -Dlogback.configurationFile=demo-logback.xml \
    -cp "$powercut/classes:$powercut/lib/*" io.lockstep.powercut.guest.GuestSmoke "$at" "$work/cluster.key" "$home"
  result=$?
  if $keep || [ $result -ne 0 ]; then note "Disks and consoles are left in $home."; else rm -rf "$home"; fi
  return $result
}

build_when_changed replicator-agent/powercut "$powercut/built"
if [ ! -f "$base" ] || [ ! -f "$work/busybox" ]; then
  note "Making the guests' user space of Debian's packages ..."
  quietly "Making the guests' user space" make_base
fi
quietly "Making the image of Lockstep" make_product
rm -f "$work/cluster.key"
quietly "Making a key" "$repository/replicator-agent/src/main/scripts/lockstep" key generate "$work/cluster.key"

good=0
for kernel in "${kernels[@]}"; do
  note "Guests on the kernel of $kernel ..."
  play "$kernel" && good=$((good + 1))
done
echo "${#kernels[@]} kernels, $good good, $((${#kernels[@]} - good)) not"
[ $good -eq ${#kernels[@]} ]
