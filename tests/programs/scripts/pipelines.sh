# Commands in a row.
seq 1 100 | grep 7 | tail -n 3
seq 1 20000 | sort -n | md5sum
echo one | cat | cat | cat | cat | cat
false | true; echo $?
true | false; echo $?
! true | false; echo $?
(echo a; echo b >&2; echo c) 2>&1 | sort
yes | head -n 3
seq 1 100000 | head -n 1
cat /dev/zero | head -c 100000 | wc -c
seq 1 5 | { read -r a; read -r b; echo "$a $b"; cat; }
echo lost | (exit 3); echo $?
set -o pipefail; (exit 3) | true; echo $?
