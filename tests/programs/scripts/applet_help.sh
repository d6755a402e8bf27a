# Every applet of BusyBox starts and tells how it is used.
for applet in $(busybox --list); do
    echo "== $applet"
    timeout 10 busybox "$applet" --help </dev/null 2>&1
    echo "status $?"
done
