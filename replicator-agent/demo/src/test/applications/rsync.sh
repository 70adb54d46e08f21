# rsync -aHAX onto the mount, within it and back; a second run finds nothing to do. By itself rsync leaves a time
# that differs by less than a second as it is.
. "$LOCKSTEP_APPLICATIONS/tree.sh"
same() { local changes; changes=$(rsync --modify-window=-1 -aHAXn --checksum --delete -i "$1/" "$2/"); [ -z "$changes" ] || { echo "$changes"; return 1; }; }
source=$LOCKSTEP_SCRATCH/plain
make_tree "$source"
cp -r "$LOCKSTEP_REPOSITORY/replicator-core/src" "$source/sources"
describe_tree "$source" >"$LOCKSTEP_SCRATCH/expected"
rsync --modify-window=-1 -aHAX "$source/" onto/
same "$source" onto
describe_tree onto | diff "$LOCKSTEP_SCRATCH/expected" -
rsync --modify-window=-1 -aHAX --sparse onto/ within/
same onto within
rsync --modify-window=-1 -aHAX onto/ "$LOCKSTEP_SCRATCH/back/"
same "$source" "$LOCKSTEP_SCRATCH/back"
printf change | dd of="$source/file" bs=1 seek=200000 conv=notrunc status=none
rm -r "$source/sources/test"
rsync --modify-window=-1 -aHAX --delete --inplace --no-whole-file "$source/" onto/
same "$source" onto
