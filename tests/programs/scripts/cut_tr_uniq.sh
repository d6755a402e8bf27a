# Small filters, one after the other.
printf 'a:1:x\nb:2:y\nb:2:y\nc:3:z\n' >data
cut -d : -f 2 data
cut -c 1,3-4 data
tr 'a-c' 'A-C' <data
tr -d ':' <data
tr -s 'b2' <data
uniq data
uniq -c data | sed 's/^ *//'
uniq -d data
echo "a  b   c" | tr -s ' ' '\n'
rev data
tac data
head -n 2 data; tail -n 1 data; tail -n +3 data
paste -d , data data
nl data
wc -l data; wc -c <data; wc -w data
fold -w 3 data
expand <<X
	tab
X
