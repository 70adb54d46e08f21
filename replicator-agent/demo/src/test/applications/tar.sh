# A tree with attributes, ACLs, holes and links into an archive and out of it, on the mount and beside it.
. "$LOCKSTEP_APPLICATIONS/tree.sh"
options=(--xattrs --xattrs-include='*' --acls --numeric-owner --sparse)
make_tree "$LOCKSTEP_SCRATCH/plain"
describe_tree "$LOCKSTEP_SCRATCH/plain" >"$LOCKSTEP_SCRATCH/expected"
tar "${options[@]}" -C "$LOCKSTEP_SCRATCH/plain" -cf plain.tar .
mkdir out
tar "${options[@]}" -C out -xpf plain.tar
describe_tree out | diff "$LOCKSTEP_SCRATCH/expected" -
tar "${options[@]}" -C out -cf again.tar .
mkdir "$LOCKSTEP_SCRATCH/back"
tar "${options[@]}" -C "$LOCKSTEP_SCRATCH/back" -xpf again.tar
describe_tree "$LOCKSTEP_SCRATCH/back" | diff "$LOCKSTEP_SCRATCH/expected" -
[ "$(du -k out/sparse | cut -f1)" -lt 100 ]
