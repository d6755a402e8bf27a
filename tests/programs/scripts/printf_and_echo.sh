# Two ways to print.
printf '%d %5d|%-5d|%05d %x %o %c %s\n' 1 2 3 4 255 8 c str
printf '%s-%s\n' a b c d
printf '%b' 'tab\there\n'
printf '%5.2f %e\n' 3.14159 1000
printf '%%\n'
printf 'no newline'; echo
echo -n no; echo -e ' a\tb'
echo 'back\slash' "dollar \$" "quote \""
printf '%d\n' 0x10 010 "'A"
printf '%d\n' word 2>/dev/null; echo $?
