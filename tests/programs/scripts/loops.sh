# for, while, until, break and continue.
for i in 1 2 3; do
    for j in a b c; do
        [ $j = b ] && continue
        [ $i = 3 ] && break 2
        echo $i$j
    done
done
n=5; until [ $n -eq 0 ]; do n=$((n - 1)); echo -n $n; done; echo
seq 1 5 | while read -r x; do [ "$x" = 4 ] && break; echo "read $x"; done
for word; do echo no arguments; done
set -- x "y z"; for word; do echo "<$word>"; done
i=0; while :; do i=$((i + 1)); [ $i -ge 1000 ] && break; done; echo $i
