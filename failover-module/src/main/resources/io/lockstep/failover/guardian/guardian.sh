#!/usr/bin/env bash
# Cleans up after the agent when it dies. The agent writes to this script's standard input what
# there is to clean up, one registration per line; the kernel closes that pipe when the agent dies,
# however it dies. Then, in this order: addresses, applications, FUSE connections, mounts, goodbyes.
#
# An agent that lives and does nothing is killed first: it says ALIVE several times within the
# patience that WATCH gives it, and each is answered with a dot on standard output. Silence counts
# only while this script itself runs: when the machine, or this process, stood still, it begins anew.
# One that is stopped (SIGSTOP: no slow disk, no debugger, no pause of the machine does that) has a
# patience of its own, and time in which this script stood still does not count there either.
#
# Fields are separated by single blanks, and percent-encoded except for A-Z a-z 0-9 . _ / : @ -
#   ADDRESS <ip/prefix> <interface>          FORGET-ADDRESS <the same>
#   CGROUP <directory>                       FORGET-CGROUP <directory>
#   UNIT <systemctl> <unit of systemd>       FORGET-UNIT <the same>
#   FUSE <connection number> <mount path>    FORGET-FUSE <the same>
#   GOODBYE <host> <port> <local address or -> <file with the datagram>      FORGET-GOODBYES
#   WATCH <patience in ms> <process> <patience with a stopped one>
#                                            kill that process when it is silent, or stopped, for so
#                                            long while there are addresses or mounts
#   BOUNDS <ms for an answer of systemctl> <ms for the end of what is killed>
#   ALIVE                                    it makes progress
#   PLANNED                                  the end of the pipe then means nothing
#
# The local address is for the log alone: bash cannot bind, the kernel's route decides.
# Needs bash 4.3, coreutils, iproute2, util-linux. Everything is a function called from the last
# line: bash then has read the whole script before the first step.

export LC_ALL=C
export PATH="${PATH:-/usr/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
connections=/sys/fs/fuse/connections
addresses=() cgroups=() units=() mounts=() goodbyes=()
planned=no
agent='' patience_ms=0 slice_ms=0 silent_ms=0 longest_ms=0 unfinished=''
stopped_patience_ms=0 stopped=no stopped_ms=0
answer_s=5 end_ms=30000

now_us() {
  if [[ -n ${EPOCHREALTIME-} ]]; then
    now=${EPOCHREALTIME/./}
  else
    now=$(date +%s%6N)
  fi
}

# Each line: UTC time, ms since the agent's death, what was done.
log() {
  local now ms
  now_us
  ms=$(( (now - died) / 1000 ))
  TZ=UTC printf '%(%Y-%m-%dT%H:%M:%SZ)T +%d ms guardian %d: %s\n' -1 "$ms" "$$" "${*//$'\n'/; }"
}

# Sets $plain to the decoded field.
decode() {
  printf -v plain '%b' "${1//%/\\x}"
}

# The list named $1 without the entry $2.
forget() {
  local -n list=$1
  local kept=() entry
  for entry in "${list[@]}"; do
    [[ $entry == "$2" ]] || kept+=("$entry")
  done
  list=("${kept[@]}")
}

remember() {
  forget "$1" "$2"
  local -n target=$1
  target+=("$2")
}

take() {
  local verb=${1%% *} rest=${1#* }
  case $verb in
    ADDRESS) remember addresses "$rest" ;;
    FORGET-ADDRESS) forget addresses "$rest" ;;
    CGROUP) remember cgroups "$rest" ;;
    FORGET-CGROUP) forget cgroups "$rest" ;;
    UNIT) remember units "$rest" ;;
    FORGET-UNIT) forget units "$rest" ;;
    FUSE) remember mounts "$rest" ;;
    FORGET-FUSE) forget mounts "$rest" ;;
    GOODBYE) remember goodbyes "$rest" ;;
    FORGET-GOODBYES) goodbyes=() ;;
    WATCH) watch $rest ;;
    BOUNDS) bounds $rest ;;
    ALIVE) alive ;;
    PLANNED) planned=yes patience_ms=0 ;;
    *) log "not understood: $1" ;;
  esac
}

watch() {
  patience_ms=$1 agent=$2 stopped_patience_ms=$3
  silent_ms=0 stopped_ms=0
  choose_slice
}

bounds() {
  printf -v answer_s '%d.%03d' $(( $1 / 1000 )) $(( $1 % 1000 ))
  end_ms=$2
}

# How long to wait before looking again: not long enough for either patience to run out unnoticed,
# and shorter while the agent is stopped.
choose_slice() {
  local looks=4
  [[ $stopped == no ]] || looks=20
  slice_ms=$(( patience_ms / 6 ))
  if (( slice_ms > stopped_patience_ms / looks )); then
    slice_ms=$(( stopped_patience_ms / looks ))
  fi
}

alive() {
  silent_ms=0
  printf . >&3
} 2>/dev/null

# Sets $now_ms by a clock that no one sets. It counts in steps of 10 ms.
clock() {
  local up rest
  read -r up rest < /proc/uptime
  now_ms=$(( 10#${up/./} * 10 ))
}

# The agent was silent for $1 ms more, in one sleep of this process. A sleep far longer than it was
# meant to be says that nobody ran, and nothing of the agent.
note_silence() {
  if (( $1 > slice_ms + patience_ms / 6 + 20 )); then
    silent_ms=0
    return
  fi
  silent_ms=$(( silent_ms + $1 ))
  if (( 2 * silent_ms > patience_ms && silent_ms > longest_ms )); then
    longest_ms=$silent_ms
    log "the agent has been silent for $silent_ms of $patience_ms ms, longer than ever"
  fi
}

# Whether the agent is stopped. A debugger's stop has the letter t.
is_stopped() {
  local text
  read -r text < "/proc/$agent/stat" && [[ ${text##*) } == T* ]]
} 2>/dev/null

# Looks whether the agent is stopped, after $1 ms. It was so for a while already when first seen.
note_stop() {
  if ! is_stopped; then
    stopped=no stopped_ms=0
  elif [[ $stopped == no ]]; then
    stopped=yes
  else
    stopped_ms=$(( stopped_ms + ($1 < slice_ms ? $1 : slice_ms) ))
  fi
  choose_slice
}

# Sets $line to the agent's next line, or to nothing when none comes for a while. Fails at the end
# of the pipe.
next_line() {
  local part status now_ms before_ms seconds
  line=''
  if (( patience_ms == 0 )); then
    IFS= read -r line
    return
  fi
  clock
  before_ms=$now_ms
  printf -v seconds '%d.%03d' $(( slice_ms / 1000 )) $(( slice_ms % 1000 ))
  IFS= read -r -t "$seconds" part
  status=$?
  clock
  note_silence $(( now_ms - before_ms ))
  note_stop $(( now_ms - before_ms ))
  unfinished+=$part
  if (( status == 0 )); then
    line=$unfinished unfinished=''
  elif (( status <= 128 )); then
    return 1
  fi
}

# Whether the agent has been silent or stopped for too long, with something here that it should
# serve. Sets $hung to what it was, in words.
is_hung() {
  if (( patience_ms == 0 || ${#addresses[@]} + ${#mounts[@]} == 0 )); then
    return 1
  elif (( silent_ms >= patience_ms )); then
    hung="has made no progress for $silent_ms ms"
  elif (( stopped_ms >= stopped_patience_ms * 3 / 4 )) && [[ $stopped == yes ]]; then
    hung="has been stopped for more than $stopped_ms ms"
  else
    return 1
  fi
}

# What is killed does not wake up and go on, wherever it is stuck.
kill_agent() {
  local said
  now_us
  died=$now
  if said=$(kill -KILL "$agent" 2>&1); then
    log "the agent, process $agent, $hung: killed"
  else
    log "the agent, process $agent, $hung, and is not killed: $said"
  fi
}

drop_addresses() {
  local entry address interface said
  for entry in "${addresses[@]}"; do
    decode "${entry% *}"; address=$plain
    decode "${entry#* }"; interface=$plain
    if said=$(ip address delete "$address" dev "$interface" 2>&1); then
      log "address $address dropped from $interface"
    else
      log "address $address not dropped from $interface: $said"
    fi
  done
}

# Whether no process is left in the cgroup $1 and those below it.
is_empty() {
  local key value pid group
  if [[ ! -d $1 ]]; then
    return 0
  fi
  if [[ -r $1/cgroup.events ]]; then
    while read -r key value; do
      if [[ $key == populated ]]; then
        [[ $value == 0 ]]
        return
      fi
    done < "$1/cgroup.events"
  fi
  if read -r pid < "$1/cgroup.procs"; then
    return 1
  fi 2>/dev/null
  for group in "$1"/*/; do
    if [[ -d $group ]] && ! is_empty "${group%/}"; then
      return 1
    fi
  done
  return 0
}

kill_each() {
  local pid group
  while read -r pid; do
    [[ $pid == 0 || $pid == "$$" ]] || kill -KILL "$pid"
  done < "$1/cgroup.procs" 2>/dev/null
  for group in "$1"/*/; do
    [[ -d $group ]] && kill_each "${group%/}"
  done
} 2>/dev/null

kill_group() {
  [[ -d $1 ]] || return 0
  if [[ -w $1/cgroup.kill ]]; then
    echo 1 > "$1/cgroup.kill"
  else
    kill_each "$1"
  fi
}

# Kills every cgroup until all are empty, for $1 ms at the most. Sets $populated to those that are not.
kill_groups() {
  local entry now end
  now_us
  end=$(( now + $1 * 1000 ))
  while :; do
    populated=()
    for entry in "${cgroups[@]}"; do
      decode "$entry"
      if ! is_empty "$plain"; then
        populated+=("$plain")
        kill_group "$plain"
      fi
    done
    now_us
    if (( ${#populated[@]} == 0 || now >= end )); then
      return
    fi
    sleep 0.005
  done
}

# Sets $systemctl and $unit to those of entry $1.
decode_unit() {
  decode "${1%% *}"; systemctl=$plain
  decode "${1#* }"; unit=$plain
}

# The order to stop comes first: systemd would start again what is killed, on what is no mount any more.
kill_units() {
  local entry systemctl unit said
  for entry in "${units[@]}"; do
    decode_unit "$entry"
    if said=$( { timeout -k 1 "$answer_s" "$systemctl" stop --no-block -- "$unit" &&
                 timeout -k 1 "$answer_s" "$systemctl" kill --signal=SIGKILL -- "$unit"; } 2>&1 ); then
      log "unit $unit killed"
    else
      log "unit $unit not killed: $said"
    fi
  done
}

# Waits for the end of every unit, $1 ms in all. Sets $running to those that have not ended.
await_units() {
  local entry systemctl unit state now end
  now_us
  end=$(( now + $1 * 1000 ))
  while :; do
    running=()
    for entry in "${units[@]}"; do
      decode_unit "$entry"
      state=$(timeout -k 1 "$answer_s" "$systemctl" show --property=ActiveState -- "$unit" 2>&1)
      [[ $state == ActiveState=inactive || $state == ActiveState=failed ]] || running+=("$unit")
    done
    now_us
    if (( ${#running[@]} == 0 || now >= end )); then
      return
    fi
    sleep 0.05
  done
}

# Sets $plain to the mount path of mountinfo's field $1.
unescape() {
  printf -v plain '%b' "${1//\\/\\0}"
}

# Sets $top to the device of the uppermost mount at path $1, and $has to whether device $2 is below or there.
look_at_mount() {
  local id parent device root point rest
  top='' has=no
  while read -r id parent device root point rest; do
    unescape "$point"
    if [[ $plain == "$1" ]]; then
      top=$device
      if [[ $device == "$2" && $rest == *' - fuse'* ]]; then
        has=yes
      fi
    fi
  done < /proc/self/mountinfo
}

# Only while the mount is there: the kernel gives a number of the past to a connection of the future.
abort_connections() {
  local entry number path
  for entry in "${mounts[@]}"; do
    decode "${entry%% *}"; number=$plain
    decode "${entry#* }"; path=$plain
    look_at_mount "$path" "0:$number"
    if [[ $has == no ]]; then
      log "FUSE connection $number is not at $path: not aborted"
      continue
    fi
    if [[ ! -e $connections/$number ]]; then
      mount -t fusectl fusectl "$connections" 2>/dev/null
    fi
    if echo 1 2>/dev/null > "$connections/$number/abort"; then
      log "FUSE connection $number aborted"
    else
      log "FUSE connection $number has nothing to abort"
    fi
  done 2>&1
}

detach_mounts() {
  local entry number path said
  for entry in "${mounts[@]}"; do
    decode "${entry%% *}"; number=$plain
    decode "${entry#* }"; path=$plain
    look_at_mount "$path" "0:$number"
    if [[ $has == no ]]; then
      log "nothing of connection $number is mounted at $path"
    elif [[ $top != "0:$number" ]]; then
      log "$path not detached: something else is mounted over it (device $top)"
    elif said=$(umount -i -c -l -- "$path" 2>&1); then
      log "$path detached"
    else
      log "$path not detached: $said"
    fi
  done
}

say_goodbye() {
  local round entry host port from file said
  for round in 1 2 3; do
    for entry in "${goodbyes[@]}"; do
      read -r host port from file <<< "$entry"
      decode "$host"; host=$plain
      decode "$file"; file=$plain
      decode "$from"; from=$plain
      if said=$( { cat -- "$file" > "/dev/udp/$host/$port"; } 2>&1 ); then
        log "goodbye $round of 3 sent to $host port $port (meant from $from)"
      else
        log "goodbye $round of 3 not sent to $host port $port: $said"
      fi
    done
  done
}

clean_up() {
  log "the agent is gone: ${#addresses[@]} addresses, ${#cgroups[@]} cgroups, ${#units[@]} units, ${#mounts[@]} mounts, ${#goodbyes[@]} goodbyes"
  drop_addresses
  kill_units
  kill_groups 400
  if (( ${#cgroups[@]} > 0 && ${#populated[@]} == 0 )); then
    log "cgroups empty"
  elif (( ${#populated[@]} > 0 )); then
    log "not empty yet, freeing what hangs in a mount: ${populated[*]}"
  fi
  abort_connections
  detach_mounts
  await_units "$end_ms"
  if (( ${#running[@]} > 0 )); then
    log "done, without a goodbye: units that do not end: ${running[*]}"
    return
  fi
  if (( ${#populated[@]} > 0 )); then
    kill_groups "$end_ms"
    if (( ${#populated[@]} > 0 )); then
      log "done, without a goodbye: processes that will not die are left in ${populated[*]}"
      return
    fi
    log "cgroups empty"
  fi
  say_goodbye
  log "done"
}

main() {
  local line now hung
  trap '' HUP INT TERM PIPE
  exec 3>&1 1>&2
  # The agent may be what the kernel kills when memory is short; this is who cleans up then.
  echo -900 2>/dev/null > /proc/self/oom_score_adj
  now_us
  died=$now
  while next_line; do
    if [[ -n $line ]]; then
      take "$line"
    elif is_hung; then
      kill_agent
      break
    fi
  done
  if [[ $planned == yes ]]; then
    return
  fi
  now_us
  died=$now
  clean_up
}

main; exit
