# Tools for files and their places.
touch f; chown 1000:100 f; stat -c '%u %g %a' f; chgrp 5 f; stat -c %g f; chmod 2750 f; stat -c %a f
fallocate -l 5000 big; stat -c %s big
shred -u -n 1 big; [ -e big ] || echo shredded
mktemp -d XXXXXX | wc -c; name=$(mktemp); [ -f "$name" ] && echo made; rm "$name"
mknod null c 1 3; echo x >null; stat -c '%F %t %T' null; mknod fifo p; stat -c %F fifo
mkdir -p d/e; echo x >d/e/x; unlink d/e/x; [ -e d/e/x ] || echo unlinked; nuke d; [ -e d ] || echo nuked
mkdir s; for i in 1 2 3; do printf '#!/bin/sh\necho part %s "$@"\n' $i >s/0$i; done; chmod +x s/*; run-parts -a word s
mkdir -p r/bin; cp /bin/busybox r/bin/; chroot r /bin/busybox sh -c 'cd /; /bin/busybox ls'
mkdir t; mount -t tmpfs -o size=1m tmpfs t && df t | awk 'NR == 2 { print $1, $2, $NF }' | sed "s|$PWD||"
dd if=/dev/zero of=t/fill bs=64k 2>/dev/null; echo "full: $?"; stat -c %s t/fill; umount t; ls t
mkdir u v; echo in >u/in; mount --bind u v && cat v/in; umount v; ls v | wc -l
dd if=/dev/zero of=image bs=1k count=2048 2>/dev/null
mkswap image >/dev/null; od -A d -c -j 4086 -N 10 image | head -n 1
mke2fs -F image >/dev/null 2>&1; od -A n -t x2 -j 1080 -N 2 image
mkdosfs image >/dev/null 2>&1; od -A n -t x1 -j 510 -N 2 image
fdisk -l image 2>/dev/null | sed -n 1p
patch --help >/dev/null 2>&1; echo "patch: $?"
flags=$(test -t 0 && echo terminal || echo none); echo "$flags"; tty; stty size 2>&1
crontab -c "$PWD/s" -l 2>&1 | head -n 1; printf '0 1 * * * true\n' | crontab -c "$PWD/u" - && cat u/root
fsync f 2>/dev/null; sync; truncate -s 10 f; freeramdisk f 2>&1 | head -n 1
find . -name 'mim*'; printf 'all:\n' >Mimfile; printf 'hello() { echo from a Mimfile; }\n' >Mimfile; mim hello 2>&1 | head -n 1
