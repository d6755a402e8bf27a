# Variables, and what can be done with them.
v=/usr/local/lib/libx.so.1
echo ${#v} ${v##*/} ${v%/*} ${v#*/} ${v%%.*} ${v%.*}
echo ${u:-default} ${u-default} ${v:+set} "[${u:+set}]"
echo ${u:=assigned} $u
empty=; echo "[${empty:-a}] [${empty-b}]"
echo ${v:5:5} ${v/lib/LIB} ${v//lib/LIB}
(echo ${missing:?is missing}) 2>/dev/null; echo "status $?"
set -- a b c; echo $# "$1" "$@" "$*"; IFS=,; echo "$*"; unset IFS
set -u; (echo $never) 2>/dev/null; echo "status $?"
x='a  b'; echo $x "$x"
