# Fields, sums and texts by awk.
printf 'apple 3 1.50\nbanana 12 0.25\ncherry 7 4.00\n' >d
awk '{ print $2, $1 }' d
awk '$2 > 5 { n++; s += $2 * $3 } END { printf "%d items, %.2f\n", n, s }' d
awk -F o '{ print NF }' d
awk 'NR == 2, NR == 3 { print NR ": " $0 }' d
awk 'BEGIN { for (i = 1; i <= 5; i++) f = f i * i " "; print f }'
awk '{ c[length($1)]++ } END { for (k in c) print k, c[k] }' d | sort
awk 'BEGIN { print substr("abcdef", 2, 3), index("abc", "c"), toupper("x"), length("four") }'
awk '{ gsub(/a/, "A"); print }' d
awk 'BEGIN { n = split("a:b:c", p, ":"); print n, p[3] }'
awk 'function f(x) { return x < 2 ? x : f(x - 1) + f(x - 2) } BEGIN { print f(15) }'
awk -v v=given 'BEGIN { print v; exit 3 }'; echo $?
awk 'BEGIN { while (("seq 1 3" | getline x) > 0) print "got", x; print "sorted" | "cat" }'
awk 'BEGIN { printf "%5s|%-5s|%03d|%x\n", "a", "b", 7, 255; print 1e6, 0.1 + 0.2, int(7.9), 2 ^ 10 }'
