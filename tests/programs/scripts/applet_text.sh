# Text tools at work that no other script uses.
echo 'obase=16; 2^32-1; scale=5; 22/7' | bc
echo '6 7 * p' | dc
expr 6 \* 7; expr length lintel; expr abc : 'a\(.\)c'
factor 2310 65537
printf 'One\nTwo\nThree\n' >lines
egrep 'One|Th' lines; fgrep -n . lines; echo "none: $?"
egrep -c e lines
printf 'a\tb\n' | expand -t 4 | unexpand -a -t 4 | od -c
printf 'x\ny\n' | unix2dos | od -c; printf 'x\r\n' | dos2unix | od -c
printf 'text\0\1\2more text\n' | strings -n 4
echo 'bytes' | xxd; echo 'bytes' | xxd -p | xxd -r -p
uuencode -m lines <lines >coded; rm lines; uudecode coded; cat lines
crc32 lines; sha3sum lines
cal 2 2024
date -u -d @86400 '+%Y-%m-%d %H:%M:%S %j'; TZ=UTC0 date -d '2024-02-29 12:00' +%s
shuf -i 1-9 | sort -n | tr '\n' ' '; echo
seq 5 | tee copy | wc -l; cat copy | tac | head -n 1
printf 'g/T/s//t/\nw\nq\n' | ed lines; cat lines
getopt -o ab: -l long: -- -a -b value --long=x rest
ascii | head -n 3
which sh awk; printenv HOME; env -i A=1 env
dirname /a/b/c; realpath ./lines | sed "s|$PWD|HERE|"; basename /x/y.c .c
yes no | head -n 2; usleep 1000; echo "slept: $?"
ash -c 'echo an ash: $((2 ** 10))'
sh -c '[ 1 -lt 2 ] && [[ abc == a* ]] && echo both kinds of tests'
time -f 'status %x' true 2>&1; time -f 'status %x' false 2>&1
timeout 0.1 sleep 5; echo "timeout: $?"
httpd -e '<a b>'; httpd -d 'a%20b'; echo
ipcalc -bnm 192.168.1.77/26
mkpasswd -m md5 -S saltsalt word; mkpasswd -m sha256 -S saltsalt word
echo a b c | ts '' | sed 's/^ *//'
clear | od -c | head -n 1
less lines; more lines
