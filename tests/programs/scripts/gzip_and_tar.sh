# Archives, packed and unpacked.
mkdir -p top/sub; seq 1 5000 >top/numbers; echo hello >top/sub/file; ln -s sub/file top/link; ln top/numbers top/twin
chmod 750 top/sub
tar cf plain.tar top; tar tf plain.tar | sort
mkdir out; tar xf plain.tar -C out
cmp top/numbers out/top/numbers && readlink out/top/link && stat -c '%a %h' out/top/sub out/top/numbers
tar czf packed.tgz top; mkdir out2; tar xzf packed.tgz -C out2; cmp top/numbers out2/top/numbers && echo "through gzip"
gzip -c top/numbers >n.gz; gunzip -c n.gz | md5sum; md5sum <top/numbers
[ $(wc -c <n.gz) -lt $(wc -c <top/numbers) ] && echo smaller
zcat n.gz | tail -n 1
bzip2 -c top/numbers | bunzip2 -c | md5sum
(cd top && find . | sort | cpio -o -H newc 2>/dev/null) >a.cpio; mkdir out3; (cd out3 && cpio -id 2>/dev/null <../a.cpio; find . | sort)
echo broken | gunzip -c >/dev/null 2>&1; echo "status $?"
