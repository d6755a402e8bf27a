# What happens in a subshell stays there.
x=1; (x=2; cd /; echo "$x $PWD"); echo $x
[ "$PWD" != / ] && echo "still here"
(exit 4); echo $?
( (echo deep) )
x=$(x=3; echo $x); echo $x
{ x=4; }; echo $x
(trap 'echo leaving' EXIT; echo in)
( : >made ); [ -f made ] && echo made
(echo "$$"; echo $$) | uniq | wc -l
export y=exported; sh -c 'echo $y'; z=plain; sh -c 'echo "[$z]"'; z=once sh -c 'echo $z'
env -i A=1 sh -c 'echo $A'; env | grep ^y=
