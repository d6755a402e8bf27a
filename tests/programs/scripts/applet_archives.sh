# Archives and what squeezes them.
ZIP='UEsDBBQAAAAIAAAAIViB7/nEDwAAADIAAAAHAAAAb25lLnR4dCvJSFVIyywqLuEqIZIFAFBLAwQUAAAACAAAACFYpG2tkw0AAAALAAAABwAAAHR3by50eHQryUhVKE5Nzs9L4QIAUEsBAhQDFAAAAAgAAAAhWIHv+cQPAAAAMgAAAAcAAAAAAAAAAAAAAIABAAAAAG9uZS50eHRQSwECFAMUAAAACAAAACFYpG2tkw0AAAALAAAABwAAAAAAAAAAAAAAgAE0AAAAdHdvLnR4dFBLBQYAAAAAAgACAGoAAABmAAAAAAA='
XZ='/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AArABddADmcSwJkOuel7lVwwRTcha0AY7v/dwAAAAAmyqEkAAEvLKXhQgCQQpkNAQAAAAABWVo='
LZMA='XQAAgAD//////////wA5nEsCZDrnpe5VcMEU3IWtAGO8D4Jv///4dQAA'
echo "$ZIP" | base64 -d >a.zip; unzip -q a.zip; cat one.txt two.txt; unzip -l a.zip | tail -n 1
echo "$XZ" | base64 -d >a.xz; xzcat a.xz; xz -dc a.xz | wc -c; unxz a.xz; cat a
echo "$LZMA" | base64 -d >b.lzma; lzcat b.lzma; unlzma b.lzma; cat b
seq 1000 >n; lzop n; ls n.lzo; lzop -dc n.lzo | cmp - n && echo lzop
bzip2 -k n; bzcat n.bz2 | cmp - n && echo bzcat
gzip -k n; zcat n.gz | cmp - n && echo zcat; gunzip -t n.gz && echo sound
echo member >m; ar -r lib.a m n 2>/dev/null; ar -t lib.a; rm m; ar -x lib.a m; cat m; ar -p lib.a m
mkdir -p pkg/DEBIAN pkg/usr; printf 'Package: x\nVersion: 1\n' >pkg/DEBIAN/control; echo f >pkg/usr/f
(cd pkg/DEBIAN && tar cf ../../control.tar control); (cd pkg && tar cf ../data.tar usr); gzip control.tar data.tar
echo 2.0 >debian-binary; ar -r x.deb debian-binary control.tar.gz data.tar.gz 2>/dev/null
dpkg-deb -f x.deb Package; dpkg-deb -x x.deb out; cat out/usr/f
find pkg | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null | sort
