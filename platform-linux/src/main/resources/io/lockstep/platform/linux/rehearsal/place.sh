#!/usr/bin/env bash
# Makes the place in which an application is tried, and is its first process. It runs in mount,
# network, process, IPC and host name namespaces of its own, which end with it: when the agent
# closes standard input, or dies and the kernel closes it, everything inside is killed and every
# mount made here is gone.
#
# All that the machine has mounted is seen through overlays, so that whatever is written, wherever,
# stays here: the module's directories by copies under the place's own directory, everything else by
# copies in memory. Sockets in /run lead nowhere: a service manager of the machine would start the
# application outside. Prints READY, or FAILED and why.
#
#   place.sh WORK BYTES [--directory PATH]... [--address IP/PREFIX INTERFACE]...
#
# Needs bash 4.3, coreutils, findutils, iproute2, util-linux. Everything is a function called from
# the last line: bash then has read the whole script before the first step.

export LC_ALL=C
export PATH="${PATH:-/usr/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
directories=() addresses=() views=0

fail() {
  printf 'FAILED %s\n' "${*//$'\n'/; }"
  exit 1
}

# Sets $plain to the path of mountinfo's field $1.
unescape() {
  printf -v plain '%b' "${1//\\/\\0}"
}

# Shows at $2 what is at $1, and keeps under $3 what is changed there.
view() {
  mkdir -p -- "$3/lower" "$3/upper" "$3/work" &&
    mount --bind -- "$1" "$3/lower" &&
    chmod --reference="$1" -- "$3/upper" &&
    chown --reference="$1" -- "$3/upper" &&
    (cd -- "$3" && mount -t overlay \
      -o lowerdir=lower,upperdir=upper,workdir=work,redirect_dir=on lockstep-drill "$2")
}

show_read_only() {
  mount --bind -- "$1" "$root$1" && mount -o remount,bind,ro -- "$root$1"
}

is_replicated() {
  local each
  for each in "${directories[@]}"; do
    [[ $each != "$1" ]] || return 0
  done
  return 1
}

# Shows what is mounted at $1, of type $2. What serves this machine alone is left out.
show() {
  case $2 in
    proc | autofs | nsfs | mqueue | binfmt_misc | fusectl | fuse.lockstep) ;;
    devtmpfs | devpts) mount --bind -- "$1" "$root$1" ;;
    sysfs | cgroup | cgroup2 | debugfs | tracefs | securityfs | pstore | bpf | configfs | efivarfs)
      show_read_only "$1"
      ;;
    *)
      if [[ $1 == /dev/shm ]]; then
        mount -t tmpfs -o mode=1777,size="$bytes" lockstep-drill "$root$1"
      else
        views=$((views + 1))
        { [[ -d $1 ]] && view "$1" "$root$1" "$rest/$views"; } || show_read_only "$1"
      fi
      ;;
  esac
} 2>/dev/null

show_mounts() {
  local line id parent device shown at options fields type seen=' '
  mapfile -t table </proc/self/mountinfo
  for line in "${table[@]}"; do
    read -r id parent device shown at options fields <<<"$line"
    type=" $fields" type=${type##* - } type=${type%% *}
    unescape "$at"
    at=$plain
    if [[ $at == / || $at == "$work"/* || $seen == *" $at "* ]] || is_replicated "$at"; then
      continue
    fi
    seen+="$at "
    show "$at" "$type"
  done
}

# An interface of the name that the real one has, which leads nowhere.
make_interface() {
  ip link show "$1" >/dev/null 2>&1 ||
    ip link add "$1" type dummy 2>/dev/null ||
    ip link add "$1" type bridge || return
  ip link set "$1" up
}

make_network() {
  local each address interface tentative
  ip link set lo up || return
  for each in "${addresses[@]}"; do
    read -r address interface <<<"$each"
    tentative=''
    [[ $address != *:* ]] || tentative=nodad
    make_interface "$interface" && ip address add "$address" dev "$interface" $tentative || return
  done
}

# The directories last: what is mounted below others would hide them.
show_directories() {
  local at number=0
  for at in "${directories[@]}"; do
    view "$at" "$root$at" "$work/directory-$number" || return
    rm -rf -- "$root$at/.lockstep"
    number=$((number + 1))
  done
}

main() {
  local said line
  work=$1 bytes=$2
  shift 2
  while (($#)); do
    case $1 in
      --directory) directories+=("$2") && shift 2 ;;
      --address) addresses+=("$2 $3") && shift 3 ;;
      *) fail "not understood: $1" ;;
    esac
  done
  root=$work/root rest=$work/rest
  said=$(make_network 2>&1) || fail "no network of its own: $said"
  said=$(mkdir -p -- "$root" "$rest" 2>&1 &&
    mount -t tmpfs -o mode=700,size="$bytes" lockstep-drill "$rest" 2>&1 &&
    view / "$root" "$rest/0" 2>&1) || fail "no view of this machine's files: $said"
  show_mounts
  said=$(mount -t proc proc "$root/proc" 2>&1) || fail "no view of its processes: $said"
  said=$(show_directories 2>&1) || fail "no view of the module's directories: $said"
  find "$root/run" -xdev -type s -delete 2>/dev/null
  said=$(cd -- "$root" && pivot_root . . && umount -l . 2>&1) || fail "cannot enter: $said"
  cd / || fail "cannot enter"
  echo READY
  exec >/dev/null 2>&1
  # bash goes on to reap what the application leaves behind
  IFS= read -r line
}

main "$@"; exit
