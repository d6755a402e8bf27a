# Lines in order.
printf '10 b\n9 a\n100 c\n9 a\n-1 d\n' >n
sort n; sort -n n; sort -rn n; sort -u n; sort -k 2 n; sort -k 2,2r -k 1n n
printf 'B\na\nC\n' | sort; printf 'B\na\nC\n' | sort -f
sort -n -c n 2>/dev/null; echo $?
printf 'x:3\ny:1\nz:2\n' | sort -t : -k 2n
seq 3000 -1 1 | sort -n | head -n 2
seq 1 3000 | sort | md5sum
sort -o n n; cat n
