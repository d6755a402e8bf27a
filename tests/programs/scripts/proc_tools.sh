# Tools that read /proc: what they tell of processes that are started here.
sleep 60 &
child=$!
while [ "$(cat /proc/$child/comm)" != sleep ]; do :; done
echo "comm $(cat /proc/$child/comm) $(tr '\0' ' ' </proc/$child/cmdline)"
ps -o pid,ppid,comm | awk -v pid=$child '$1 == pid { print "ps", $3, "parent", $2 == '$$' }'
pidof sleep | tr ' ' '\n' | grep -qx $child && echo "pidof finds it"
kill -STOP $child
while [ "$(cut -d' ' -f3 /proc/$child/stat)" != T ]; do :; done
grep State /proc/$child/status
kill -CONT $child
kill $child
wait $child 2>/dev/null
echo "status $?"
test -e /proc/$child && echo "still there"
echo through | cat /dev/fd/0 2>/dev/null || echo through | cat /proc/self/fd/0
echo twice >/tmp/proc_tools
cat </tmp/proc_tools /proc/self/fd/0 /proc/self/fd/0
exec 5</tmp/proc_tools
rm /tmp/proc_tools
readlink /proc/$$/fd/5
cat <&5
mount | awk '$3 == "/proc" { print $5 }' | head -n 1
free | awk '/^Mem:/ { print ($2 > 0 && $3 < $2) }'
top -b -n 1 | grep -c '^Mem:'
uptime | grep -c 'load average: [0-9]*\.[0-9][0-9], '
cd /tmp && readlink /proc/self/cwd
mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone && readlink /proc/self/cwd
