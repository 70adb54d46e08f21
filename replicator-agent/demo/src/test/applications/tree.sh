# Makes, in the directory $1, one of everything that an archive may have to keep.
make_tree() (
  mkdir -p "$1/directory/deep" "$1/sticky"
  cd "$1"
  head -c 300000 /dev/urandom >file
  ln file directory/linked
  ln -s ../file directory/symbolic
  ln -s /nowhere dangling
  mkfifo fifo
  mknod device c 1 3
  truncate -s 5M sparse
  printf end | dd of=sparse bs=1 seek=3000000 conv=notrunc status=none
  : >$'strange \xff\xfe\n name'
  setfattr -n user.text -v 'some words' file
  setfattr -n user.bytes -v 0x00ff10 directory
  setfattr -n trusted.own -v 1 file
  setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 directory/deep
  setfacl -m u:1234:rwx,g:77:r-x,m::r-x file
  setfacl -d -m u:1234:rwx,g:77:- directory
  echo x >directory/inherits
  chmod 1777 sticky
  cp -p /bin/true set-id
  chown 12:34 set-id
  chmod 6755 set-id
  touch -d '2001-02-03 04:05:06.123456789 UTC' file directory/inherits
  touch -h -d '1999-01-01 00:00:00.5 UTC' directory/symbolic
  touch -d '2010-01-01 UTC' directory
)

# Everything about the tree $1 that can be told, but for what differs between any two copies.
describe_tree() (
  cd "$1"
  find . -printf '%P %y %m %U:%G %n %T@ %l\n' | LC_ALL=C sort
  find . -type f -printf '%P %s\n' | LC_ALL=C sort
  find . -type f -exec sha256sum {} + | LC_ALL=C sort
  getfattr -R -P -h -d -m - -e hex --absolute-names . | LC_ALL=C sort
  getfacl -R -P -n . | LC_ALL=C sort
)
