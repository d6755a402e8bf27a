# What commands print becomes words.
echo "$(echo one; echo two)"
echo $(echo one; echo two)
echo "[$(printf 'trailing\n\n\n')]"
echo "nested: $(echo $(echo $(echo deep)))"
x=$(false)
echo "status $?"
x=$(exit 7)
echo "status $?"
echo "`echo old style`"
seq 1 2000 >numbers
y=$(cat numbers)
echo "${#y} characters"
