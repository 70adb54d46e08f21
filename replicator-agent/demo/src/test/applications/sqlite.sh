# SQLite in every journal mode, without and with a mapped database: two processes that write at once,
# transactions that are rolled back, a vacuum. The rows are counted and summed.
rows=${LOCKSTEP_ROWS:-20}
for mode in delete truncate persist memory wal off; do
  for mapped in 0 268435456; do
    db=$mode-$mapped.db
    sqlite3 "$db" "pragma journal_mode=$mode; create table t(writer, n, body);" >/dev/null
    for writer in 1 2; do
      for n in $(seq "$rows"); do
        printf 'begin immediate; insert into t select %d, %d, hex(randomblob(500)) from generate_series(1,10); commit;\n' \
          $writer "$n"
        # without a journal nothing can be taken back
        [ $mode = off ] || [ $((n % 5)) -ne 0 ] || printf 'begin immediate; delete from t; rollback;\n'
      done | { printf '.bail on\n.timeout 60000\npragma journal_mode=%s; pragma mmap_size=%d;\n' $mode $mapped; cat; } |
        sqlite3 "$db" >/dev/null &
    done
    for writer in 1 2; do wait -n; done
    sqlite3 "$db" 'delete from t where n % 3 = 0; vacuum;'
    [ "$(sqlite3 "$db" "pragma mmap_size=$mapped; pragma integrity_check;" | tail -1)" = ok ]
    expected=$((2 * 10 * (rows - rows / 3)))
    [ "$(sqlite3 "$db" 'select count(*) from t where length(body) = 1000')" = $expected ]
  done
done
