# Lines that match.
cat >text <<X
the quick brown fox
jumps over
THE lazy dog 42

end.
X
grep the text; grep -i the text; grep -v o text; grep -c o text; grep -n o text
grep -E '^(the|end)' text; grep -E '[0-9]{2}' text; grep -F 'end.' text; grep -x 'jumps over' text
grep -o '[a-z]*o[a-z]*' text
grep -w dog text; grep -e fox -e dog text; grep -l fox text; grep -q fox text; echo $?
grep nothing text; echo $?
grep x none 2>/dev/null; echo $?
mkdir d; cp text d/; grep -r lazy d; grep -A 1 quick text; grep -B 1 lazy text
