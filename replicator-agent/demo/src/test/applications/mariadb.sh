# MariaDB with InnoDB: four clients that load a table at once, an end by SIGKILL, recovery, CHECK TABLE.
chown nobody .
data=$PWD/data
socket=$LOCKSTEP_SCRATCH/mariadb.socket
chmod 777 "$LOCKSTEP_SCRATCH"
mariadb-install-db --no-defaults --user=nobody --auth-root-authentication-method=normal --datadir="$data" \
  >"$LOCKSTEP_SCRATCH/install.log" 2>&1 || { tail "$LOCKSTEP_SCRATCH/install.log"; exit 1; }
serve() {
  # no function of the shell in between: $! has to be the server's own process
  setpriv --reuid nobody --regid nogroup --clear-groups mariadbd --no-defaults --datadir="$data" --socket="$socket" \
    --skip-networking --innodb-buffer-pool-size=32M --innodb-flush-method="$1" --log-error="$LOCKSTEP_SCRATCH/mariadb.log" &
  server=$!
  trap 'kill -9 $server 2>/dev/null' EXIT
  for _ in $(seq 600); do sql 'select 1' >/dev/null 2>&1 && return; sleep 0.1; done
  tail -20 "$LOCKSTEP_SCRATCH/mariadb.log"
  return 1
}
sql() { mariadb --no-defaults -N -u root --socket="$socket" -e "$1" ${2:-}; }
serve O_DIRECT
sql 'create database d; create table d.t(client int, n int, body varchar(2000), primary key(client, n), key(body(20))) engine=InnoDB'
clients=()
for client in 1 2 3 4; do
  for n in $(seq 0 49); do
    echo "insert into t select $client, seq, repeat(md5(seq), 20) from seq_$((n * 40 + 1))_to_$((n * 40 + 40));"
    [ $((n % 10)) -ne 9 ] || echo "update t set body = concat('u', body) where client = $client and n % 7 = 0;"
  done | mariadb --no-defaults -u root --socket="$socket" d &
  clients+=($!)
done
for client in "${clients[@]}"; do wait "$client"; done
kill -9 $server
wait $server || true
serve fsync
grep -q 'Starting crash recovery' "$LOCKSTEP_SCRATCH/mariadb.log"
[ "$(sql 'select count(*), min(n), max(n) from d.t')" = $'8000\t1\t2000' ]
[ "$(sql 'check table d.t extended' | cut -f4)" = OK ]
sql 'alter table d.t row_format=compressed, add column more int; optimize table d.t' >/dev/null
[ "$(sql 'check table d.t extended' | cut -f4)" = OK ]
mariadb-check --no-defaults -u root --socket="$socket" --all-databases | awk '$2 != "OK" {print; bad = 1} END {exit bad}'
kill $server
wait $server
trap - EXIT
