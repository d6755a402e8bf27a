# Text that stands in the script.
name=world
cat <<X
hello $name, $((6 * 7)) $(echo sub) \$name
X
cat <<'X'
hello $name $(echo sub)
X
cat <<-X
	without tabs
		$name
	X
while read -r a b; do echo "$b $a"; done <<X
one two
three four five
X
cat <<A; cat <<B
first
A
second
B
i=0
while [ $i -lt 2000 ]; do echo "line $i of a long text"; i=$((i + 1)); done >long
{ echo 'cat <<X'; cat long; echo X; } >script
. ./script | md5sum
md5sum <long
