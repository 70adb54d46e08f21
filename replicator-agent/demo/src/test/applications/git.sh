# Clones a repository, checks every object, changes, packs and checks again.
if ! git clone -q --no-local "$LOCKSTEP_REPOSITORY" clone 2>/dev/null; then
  # not a clone itself: one of its own files
  git init -q clone
  cp -r "$LOCKSTEP_REPOSITORY"/docs clone/
fi
cd clone
git config user.name n
git config user.email e@localhost
git fsck --full --strict --no-dangling
seq 20000 >many
git add -A
git commit -q -m change
git checkout -q -b other
git mv many moved
git commit -q -m moved
git gc -q --prune=now
git fsck --full --strict --no-dangling
[ -z "$(git status --porcelain)" ]
git clone -q -s . ../shared
git -C ../shared fsck --full --no-dangling
diff -r --exclude .git . ../shared
