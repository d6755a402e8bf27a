# Lines and words from input.
printf 'one two three\n  lead\\ing  \nlast' >in
while read -r a b; do echo "[$a][$b]"; done <in
while IFS= read -r line || [ -n "$line" ]; do echo "[$line]"; done <in
IFS=: read -r x y z <<X
1:2:3:4
X
echo "$x $y $z"
read -r gone </dev/null; echo "status $?"
exec 3<in; read -r first <&3; read -r second <&3; echo "$second"; exec 3<&-
echo "abc" | { read -r -n 2 part; echo "$part"; }
