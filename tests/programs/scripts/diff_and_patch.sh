# Differences between files, and how to apply them.
seq 1 10 >a
sed 's/5/five/; 8d' a >b
diff -u a b | grep -v '^[-+][-+]'
echo "status $?"
diff a a; echo "status $?"
diff -q a b
diff -u a b >change
cp a c
patch c <change
cmp b c && echo patched
mkdir x y; cp a x/f; cp b y/f; cp a x/only
diff -rq x y
