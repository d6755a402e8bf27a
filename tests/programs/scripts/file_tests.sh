# What test can tell of files.
: >empty; echo text >full; mkdir folder; ln -s full link; ln -s none dangling; mkfifo fifo
chmod 640 full; chmod 755 folder
for name in empty full folder link dangling fifo none /dev/null; do
    flags=
    for flag in e f d L h p c s r w x; do
        if test -$flag $name; then flags="$flags$flag"; fi
    done
    echo "$name: $flags"
done
touch -d '2020-01-01 00:00:00' old
[ full -nt old ] && echo "newer"
[ old -ot full ] && echo "older"
ln full twin
[ full -ef twin ] && echo "the same file"
stat -c '%n %a %s %F %h' empty full folder link fifo
