# Where input comes from and output goes.
echo out >f; echo more >>f; cat f
{ echo a; echo b >&2; } >o 2>e; cat o; cat e
{ echo a; echo b >&2; } >both 2>&1; sort both
echo swapped 3>&1 >/dev/null 1>&3
cat <f >g; cmp f g && echo same
exec 5>h; echo five >&5; exec 5>&-; cat h
(echo closed >&5) 2>/dev/null || echo "bad descriptor"
set -C; (echo x >f) 2>/dev/null || echo "not over it"; echo x >|f; cat f; set +C
echo rw 1<>h; cat h
(cat <none) 2>/dev/null || echo "no such file"
(echo x >/none/x) 2>/dev/null || echo "no such folder"
(echo full >/dev/full) 2>/dev/null || echo "no space"
(a=1; b=2; echo $a$b) >sub; cat sub
