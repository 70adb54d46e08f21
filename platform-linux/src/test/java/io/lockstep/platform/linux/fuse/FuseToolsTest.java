package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What shells and common tools do with files, done on a real mount. */
class FuseToolsTest extends OnMount {
  @Test
  void appendExclusiveAndRenameOver() throws Exception {
    sh("echo one >> f; echo two >> f; echo new > g; mv g f; test ! -e g");
    assertThat(sh("cat f")).isEqualTo("new");
    sh("set -C; ! (echo x > f) 2>/dev/null");
    assertThat(perl("use Fcntl; sysopen(F,'f',O_CREAT|O_EXCL|O_WRONLY) or print $!{EEXIST}?1:0"))
        .isEqualTo("1");
    assertThat(sh("for i in $(seq 200); do echo $i >> log & done; wait; wc -l < log"))
        .isEqualTo("200");
  }

  @Test
  void linksOfBothKinds() throws Exception {
    sh("echo a > f; ln f g; ln -s f s; ln -s /nowhere dead; echo b >> g");
    assertThat(sh("cat f; stat -c %h f g; readlink s dead; cat s"))
        .isEqualTo("a\nb\n2\n2\nf\n/nowhere\na\nb");
    assertThat(sh("rm f; cat g; stat -c %h g; ! cat s 2>/dev/null")).isEqualTo("a\nb\n1");
  }

  @Test
  void unlinkedFilesLiveUntilClosed() throws Exception {
    assertThat(
            perl(
                "open F,'+>','f' or die; unlink 'f' or die; syswrite F,'abc'; sysseek F,0,0;"
                    + "sysread F,$x,9; my @s=stat F; print $x,$s[3],$s[7]; chmod 0600,*F or die $!;"
                    + "truncate *F,1 or die $!; print -s F"))
        .isEqualTo("abc031");
    assertThat(sh("ls -A")).isEmpty();
  }

  @Test
  void removedDirectoryGetsNoFileWithoutName() throws Exception {
    String make = "print sysopen(F,'.',020200002,0600)?'made':$!{EPERM}?'refused':$!;";
    assertThat(perl("mkdir 'd'; chdir 'd'; " + make + "rmdir '../d' or die;" + make))
        .isEqualTo("maderefused");
  }

  @Test
  void truncatesAndLeavesHoles() throws Exception {
    sh("echo 123456 > f; truncate -s 3 f; truncate -s 10M f; echo x > big; : > big");
    assertThat(sh("head -c 3 f; stat -c ' %s' f big")).isEqualTo("123 10485760\n 0");
    sh("truncate -s 5G huge; echo end >> huge");
    assertThat(sh("stat -c %s huge; tail -c 4 huge")).isEqualTo("5368709124\nend");
    assertThat(
            perl(
                "open F,'+<','f'; sysseek F,8<<20,0; syswrite F,'d' x 4096;"
                    + "print sysseek(F,4096,3),' ',sysseek(F,8<<20,4)"))
        .isEqualTo("8388608 8392704");
    sh("fallocate -p -o 0 -l 4096 f; fallocate -l 20M f; fallocate -z -o 8M -l 4096 f");
    assertThat(sh("stat -c %s f; tr -d '\\0' < f | wc -c")).isEqualTo("20971520\n0");
  }

  @Test
  void setIdBitsGoWhereTheyMust() throws Exception {
    sh("for f in write cut own; do echo x > $f; chmod 6777 $f; done; chmod 777 .");
    sh(
        "setpriv --reuid 1234 --regid 1234 --clear-groups sh -c 'echo y >> write; truncate -s 1 cut'");
    sh("chown 77 own");
    assertThat(sh("stat -c %a write cut own")).isEqualTo("777\n777\n777");
    sh("chmod 6777 write; echo root >> write");
    assertThat(sh("stat -c %a write")).isEqualTo("6777");
    sh("echo x > w2; chmod 4777 w2; setpriv --reuid 1234 --clear-groups --regid 1 sh -c ': > w2'");
    assertThat(sh("stat -c %a w2")).isEqualTo("777");
  }

  @Test
  void permissionsOfOthersAreChecked() throws Exception {
    sh("echo secret > f; chmod 600 f; mkdir d; chmod 755 d; chmod 755 .");
    sh("! setpriv --reuid 1234 --regid 1234 --clear-groups cat f 2>/dev/null");
    sh("! setpriv --reuid 1234 --regid 1234 --clear-groups touch d/x 2>/dev/null");
    sh("chmod 1777 d; setpriv --reuid 1234 --regid 1234 --clear-groups touch d/x");
    sh("! setpriv --reuid 1235 --regid 1235 --clear-groups rm -f d/x 2>/dev/null");
    assertThat(sh("stat -c '%u %g %a' d/x")).isEqualTo("1234 1234 644");
    sh("mkdir g; chgrp 555 g; chmod 2777 g; umask 027; mkdir g/sub; echo > g/f");
    assertThat(sh("stat -c '%g %a' g/sub g/f")).isEqualTo("555 2750\n555 640");
  }

  @Test
  void timesToTheNanosecondAndSpecialFiles() throws Exception {
    sh(
        "touch -d '2001-02-03 04:05:06.123456789 UTC' f; mkfifo p; mknod n c 1 3; mknod b b 259 70000");
    assertThat(sh("stat -c %.9Y f; TZ=UTC stat -c %y f"))
        .isEqualTo("981173106.123456789\n2001-02-03 04:05:06.123456789 +0000");
    assertThat(sh("stat -c '%F %t %T' p n b; echo x > n; (cat p &) ; echo through > p"))
        .startsWith("fifo 0 0\ncharacter special file 1 3\nblock special file 103 11170");
    sh("touch -d @-5.25 old; test $(stat -c %Y old) = -6");
  }

  @Test
  void longAndStrangeNames() throws Exception {
    sh("n=$(printf 'x%.0s' $(seq 255)); echo a > $n; cat $n; ! (: > ${n}x) 2>/dev/null; rm $n");
    assertThat(
            perl(
                "open F,'>',\"\\xff\\n\\x01\" or die; print join '',map{sprintf '%vd',$_} grep /\\xff/,glob '*'"))
        .isEqualTo("255.10.1");
  }

  @Test
  void listsWhileDeleting() throws Exception {
    sh("mkdir d; cd d; seq 5000 | xargs touch");
    assertThat(sh("ls d | wc -l")).isEqualTo("5000");
    assertThat(
            perl(
                "opendir D,'d'; $n=0; while(defined($f=readdir D)){next if $f=~/^[.]/;"
                    + "unlink \"d/$f\" or die; $n++} print \"$n \"; rewinddir D; print scalar(@x=readdir D)"))
        .isEqualTo("5000 2");
    sh("rmdir d");
  }

  @Test
  void reservedNameIsHidden() throws Exception {
    sh("! ls .lockstep 2>/dev/null; ! mkdir .lockstep 2>/dev/null; mkdir a; mkdir a/.lockstep");
    sh(
        "! mv a .lockstep 2>/dev/null; ! touch .lockstep 2>/dev/null; ! ln -s x .lockstep 2>/dev/null");
    assertThat(sh("ls -A")).isEqualTo("a");
  }

  @Test
  void namesBeforeAFilesOwnAreHiddenEverywhere() throws Exception {
    sh("mkdir d; echo x >d/x; echo y >.lockstep.new.0123456789abcde");
    for (String at : List.of("", "d/")) {
      String name = at + ".lockstep.new.0123456789abcdef";
      sh(
          "! mkdir N; ! touch N; ! ln -s x N; ! mkfifo N; ! mv d/x N; ! ln d/x N"
              .replace("N", name));
      TreePath left = TreePath.of(0, name);
      mounted.store.create(left, NewFile.file(0644, 0, 0), new FileId(7, at.length()));
      sh("! cat N; ! stat N; ! rm N; ! rmdir N; ! mv N e".replace("N", name));
      assertThat(mounted.store.status(left).kind()).isEqualTo(FileKind.FILE);
    }
    assertThat(sh("ls -A . d")).isEqualTo(".:\n.lockstep.new.0123456789abcde\nd\n\nd:\nx");
  }

  @Test
  void databasesAndRepositories() throws Exception {
    sh(
        "for m in delete wal; do for i in 1 2 3; do sqlite3 $m.db \"pragma journal_mode=$m;"
            + "create table if not exists t(a); with recursive c(x) as (select 1 union all select x+1"
            + " from c where x<2000) insert into t select x from c\"; done; done");
    assertThat(
            sh(
                "for m in delete wal; do sqlite3 $m.db 'pragma integrity_check; select count(*) from t'; done"))
        .isEqualTo("ok\n6000\nok\n6000");
    sh(
        "git init -q r; cd r; seq 3000 > a; git add a; git -c user.name=n -c user.email=e commit -qm 1;"
            + "git gc -q; git fsck --strict; git clone -q . ../copy; cmp a ../copy/a");
  }

  @Test
  void archivesCompareAndProgramsRun() throws Exception {
    sh("tar cf t.tar -C /usr/share perl; mkdir x; tar xf t.tar -C x; tar df t.tar -C x; rm -r x");
    sh("printf '#!/bin/sh\\necho ran' > s; chmod +x s; cp /bin/true t; ./t");
    assertThat(sh("./s")).isEqualTo("ran");
    sh(
        "for i in $(seq 8); do (mkdir w$i; for j in $(seq 50); do echo $j > w$i/$j; mv w$i/$j w$i/n$j;"
            + "done; cat w$i/* | wc -l > c$i) & done; wait; cat c* | sort -u | grep -qx 50");
  }

  @Test
  void mappedStoresAndDirectWritesArrive() throws Exception {
    sh(
        "dd if=/dev/urandom of=f bs=1M count=3 status=none; dd if=f of=g bs=64k oflag=direct status=none;"
            + "cmp f g; dd if=g of=h iflag=direct bs=64k status=none; cmp f h; cp --sparse=always f s; cmp f s");
    sh(
        "flock f -c true; dd if=f of=y oflag=sync bs=4k count=20 status=none; dd if=f of=z oflag=dsync bs=4k count=5 status=none");
  }
}
