# Jobs in the background, and waiting for them.
(exit 3) &
wait $!
echo "the first: $?"
sleep 100 &
job=$!
kill -TERM $job
wait $job
echo "killed: $?"
for i in 1 2 3; do (sleep 0.0$i; echo "job $i" >>done) & done
wait
echo "all: $?"
sort done
sleep 100 &
kill -0 $! && echo "it runs"
kill -KILL $!
wait $!
echo "status $?"
kill -0 $! 2>/dev/null || echo "it is gone"
wait 99999 2>/dev/null
echo "not mine: $?"
