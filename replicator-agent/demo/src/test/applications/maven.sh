# Builds one module of this repository in a copy of it that lies on the mount.
tar -C "$LOCKSTEP_REPOSITORY" --exclude=target --exclude=.git -cf - . | tar -xf -
mvn -B -ntp -q -o -P quick -DskipTests -Dspotbugs.skip -Dspotless.check.skip -pl replicator-core -am package
unzip -tq replicator-core/target/replicator-core-*SNAPSHOT.jar 2>/dev/null || jar tf replicator-core/target/replicator-core-*SNAPSHOT.jar >/dev/null
