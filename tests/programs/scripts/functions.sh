# Functions: arguments, local variables, recursion, status.
factorial() {
    if [ "$1" -le 1 ]; then echo 1; else echo $(($1 * $(factorial $(($1 - 1))))); fi
}
factorial 10
scope() { local inner=changed; outer=changed; echo "$# $1 $inner"; }
inner=kept outer=kept
scope a b c
echo "$inner $outer"
status() { return "$1"; }
status 0 && echo yes
status 5 || echo "no: $?"
shifting() { while [ $# -gt 0 ]; do echo -n "<$1>"; shift; done; echo; }
shifting "one word" two ''
nested() { inside() { echo "inside"; }; inside; }
nested; inside
unset -f inside
inside 2>/dev/null; echo $?
