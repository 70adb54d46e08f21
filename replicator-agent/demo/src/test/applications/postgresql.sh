# PostgreSQL's own regression suite, of the version of the server, with the cluster on the mount.
# What fails there must fail on a plain directory too.
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
version=$("$bin/postgres" --version | sed -E 's/.* \(Debian (.*)\)/\1/')
built=$LOCKSTEP_CACHE/postgresql-$version
prepare() (
  mkdir -p "$LOCKSTEP_CACHE/lists/partial"
  cd "$LOCKSTEP_CACHE"
  for suite in bookworm bookworm-security; do
    case $suite in *-security) at=debian-security ;; *) at=debian ;; esac
    echo "deb-src http://deb.debian.org/$at ${suite/bookworm/$(. /etc/os-release; echo "$VERSION_CODENAME")} main"
  done >sources.list
  apt=(-q -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$PWD/lists")
  apt-get "${apt[@]}" update
  apt-get "${apt[@]}" source --download-only "$(basename "$(dirname "$bin")" | sed 's/^/postgresql-/')=$version"
  rm -rf "$built.new"
  mkdir "$built.new"
  tar -C "$built.new" --strip-components=1 -xf postgresql-*.orig.tar.*
  cd "$built.new"
  ./configure --without-readline --without-zlib --without-icu
  make -C src/backend generated-headers
  make -C src/test/regress all
  mv "$built.new" "$built"
)
[ -d "$built" ] || prepare >"$LOCKSTEP_SCRATCH/prepare.log" 2>&1 || { tail -20 "$LOCKSTEP_SCRATCH/prepare.log"; exit 1; }
as() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
# suite DIRECTORY OUTPUT PORT: prints the names of the tests that failed
suite() (
  mkdir "$1" "$2"
  chown nobody "$1" "$2"
  chmod 755 "$LOCKSTEP_SCRATCH"
  as "$bin/initdb" -D "$1/data" -U postgres --no-locale -E UTF8 -A trust >/dev/null
  as "$bin/pg_ctl" -w -D "$1/data" -l "$2/server.log" \
    -o "-c listen_addresses= -k '$2' -p $3 -c max_prepared_transactions=2" start >/dev/null
  trap 'as "$bin/pg_ctl" -m fast -D "$1/data" stop >/dev/null' EXIT
  cd "$built/src/test/regress"
  as ./pg_regress --host="$2" --port="$3" --user=postgres --bindir="$bin" --inputdir=. --outputdir="$2" --dlpath=. \
    --max-concurrent-tests=20 --schedule=parallel_schedule >"$2/out" 2>&1 </dev/null
  grep -E ' (tests passed|of [0-9]+ tests failed)' "$2/out" >&2 || { tail -5 "$2/out" >&2; echo 'did not end'; }
  sed -nE 's/^(test)? *([a-z0-9_]+) +\.\.\. FAILED.*/\2/p' "$2/out" | sort
)
suite "$PWD/pg" "$LOCKSTEP_SCRATCH/on" 5491 >"$LOCKSTEP_SCRATCH/failed-on"
[ -s "$LOCKSTEP_SCRATCH/failed-on" ] || exit 0
suite "$LOCKSTEP_SCRATCH/plain" "$LOCKSTEP_SCRATCH/beside" 5492 >"$LOCKSTEP_SCRATCH/failed-beside"
new=$(comm -23 "$LOCKSTEP_SCRATCH/failed-on" "$LOCKSTEP_SCRATCH/failed-beside")
[ -z "$new" ] || { echo "fail on the mount only: $new"; cat "$LOCKSTEP_SCRATCH/on/regression.diffs" | head -60; exit 1; }
