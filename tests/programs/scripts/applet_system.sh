# Tools for processes and the system.
id; whoami; groups; hostid >/dev/null && echo hostid
uname -s -m; arch; linux64 uname -m; nproc >/dev/null && echo nproc
sleep 100 & pid=$!
until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.01; done
pidof sleep | grep -cw $pid; kill -0 $pid && echo lives; killall sleep; wait $pid 2>/dev/null; echo $?
start-stop-daemon -S -b -m -p "$PWD/pid" -x /bin/sleep -- 100
until [ "$(cat "/proc/$(cat pid)/comm")" = sleep ]; do sleep 0.01; done 2>/dev/null
start-stop-daemon -K -p "$PWD/pid" -v 2>&1 |
    sed 's/[0-9][0-9]*/N/g'
renice -n 5 -p $$ >/dev/null; awk '{ print $19 }' /proc/$$/stat
setsid sh -c 'ps -o pid,sid,comm | awk -v p=$$ "\$1 == p { print (\$1 == \$2 ? \"leads\" : \"follows\"), \$3 }"'
nohup sh -c 'trap | wc -l' 2>/dev/null </dev/null | cat
ps -o pid,ppid,user,comm | awk '$1 == 1 { print $1, $2, $3 }'
setpriv --reuid 1000 --regid 100 --clear-groups id
su nobody -s /bin/sh -c 'id -u' 2>&1 | head -n 1
cat /proc/$$/comm; tr '\0' ' ' </proc/self/cmdline; echo
sysctl -n kernel.ostype; cat /proc/sys/kernel/ostype
free | awk 'NR == 1 { print $1, $2, $3 }'; free | awk '/Mem/ { print ($2 > 1000) }'
uptime | grep -c 'load average'; cat /proc/loadavg | wc -w
top -b -n 1 | awk '/PID/ { print $1, $2, $3 }'
taskset -p $$ | sed 's/[0-9][0-9]*/N/'; taskset 1 nproc
nologin 2>&1; echo $?
svok . 2>/dev/null; echo $?
netstat -x 2>/dev/null | head -n 2 | wc -l
cttyhack echo from cttyhack
logname 2>/dev/null; echo "logname: $?"
dmesg >/dev/null 2>&1; echo "dmesg: $?"
last 2>&1 | wc -l; who | wc -l
swapoff -a; echo "swapoff: $?"
true; echo $?; false; echo $?
hexdump -C /proc/self/auxv | wc -l | awk '{ print ($1 > 10) }'
sh -c 'exec -a name sleep 0' 2>&1; echo $?
uevent 2>/dev/null & kill $!; wait $! 2>/dev/null; echo $?
reset | od -c | head -n 1
ionice -c 2 -n 3 -p $$; ionice -p $$; ionice -c 3 sh -c ionice; ionice -c 2 -n 5 ionice
adjtimex | grep -e tick -e tolerance | tr -s ' '
unshare -h >/dev/null 2>&1; echo "unshare: $?"
