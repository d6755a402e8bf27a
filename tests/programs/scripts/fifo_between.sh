# A pipe with a name.
mkfifo p
cat p >got &
echo "through the pipe" >p
wait; cat got
(seq 1 1000 >p) & wc -l <p; wait
(echo a >p; sleep 0.05) & read -r x <p; echo $x; wait
exec 3<>p; echo held >&3; read -r y <&3; echo $y; exec 3>&-
[ -p p ] && rm p && ls
