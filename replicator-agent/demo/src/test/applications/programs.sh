# Programs that lie on the mount: run, with a library from there, with another user's rights, and busy.
# What each does is compared with the same on a plain directory.
try() (
  cd "$1"
  chmod 755 .
  cp /bin/sh /bin/cat /bin/sleep /usr/bin/id .
  printf '#!./sh\necho "script $0 $1"\n' >script
  chmod 755 script
  ./script word
  ./sh -c './cat script | ./cat'
  chmod 4755 id
  chown 1234:1234 id
  chmod 4755 id
  setpriv --reuid 4321 --regid 4321 --clear-groups ./id -u
  chmod 644 cat
  ./cat script 2>&1 || echo "refused $?"
  ./sleep 60 & 
  until [ "$(readlink /proc/$!/exe)" = "$(readlink -f sleep)" ]; do :; done
  (echo x >>sleep) 2>/dev/null && echo 'written while it runs' || echo 'busy'
  rm sleep
  readlink /proc/$!/exe | grep -c deleted
  kill $!
  mkdir lib
  cp "$(ldd /bin/cat | awk '/libc\.so/ {print $3}')" lib/
  chmod 755 cat
  LD_LIBRARY_PATH=lib ldd ./cat | grep -c 'lib/libc.so'
  LD_LIBRARY_PATH=lib ./cat script
)
mkdir here "$LOCKSTEP_SCRATCH/plain"
try here >"$LOCKSTEP_SCRATCH/here"
try "$LOCKSTEP_SCRATCH/plain" >"$LOCKSTEP_SCRATCH/there"
diff "$LOCKSTEP_SCRATCH/there" "$LOCKSTEP_SCRATCH/here"
