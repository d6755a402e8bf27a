# Bytes in blocks.
seq 1 1000 >in
dd if=in of=out bs=100 count=5 2>/dev/null; wc -c <out
dd if=in of=out bs=10 skip=3 count=1 2>/dev/null; od -c out
dd if=/dev/zero of=hole bs=1 count=1 seek=99999 2>/dev/null; wc -c <hole
dd if=in of=hole bs=16 count=2 seek=4 conv=notrunc 2>/dev/null; wc -c <hole
head -c 100 hole | md5sum
printf 'abc' | dd conv=ucase 2>/dev/null; echo
head -c 20 in | hexdump -C
head -c 8 in | od -A d -t x1
cmp in in && echo same
cmp in out || echo differ
dd if=none of=x 2>&1 | sed 's/.*: //'
