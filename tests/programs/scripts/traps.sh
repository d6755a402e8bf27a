# Signals that a script catches.
trap 'echo "caught USR1"' USR1
kill -USR1 $$
echo after
trap '' TERM; kill -TERM $$; echo "ignored TERM"
sh -c 'kill -TERM $$; echo "a child ignores it as well"'
trap - TERM
trap 'echo interrupted' INT; kill -INT $$
(trap 'echo "subshell ends"' EXIT; exit 6); echo $?
sh -c 'trap "echo at the end" EXIT; kill -HUP $$; echo "not reached"'; echo $?
trap 'echo child' CHLD; sleep 0.01; trap - CHLD
trap 'echo woken' USR2
(sleep 0.1; kill -USR2 $$) &
wait $!
wait
trap | sort
trap 'echo "the end, status $?"' EXIT
exit 3
