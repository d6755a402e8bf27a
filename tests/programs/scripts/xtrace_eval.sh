# Commands made at run time.
c='echo from eval'; eval "$c"
n=x; eval "$n=value"; echo $x
eval 'for i in 1 2; do echo $i; done'
PS4='+ '; (set -x; echo traced; a=1) 2>&1
type cd; type none 2>/dev/null || echo "no such command"
command -v echo; alias l=ls; alias l; unalias l
echo 'echo "sourced with $V"' >lib; V=value; . ./lib
: "${IGNORED:=x}"; echo $IGNORED; unset IGNORED; echo "[$IGNORED]"
readonly R=1; (R=2) 2>/dev/null; echo "status $?"
times >/dev/null; hash -r; ulimit -n >/dev/null && echo limits
