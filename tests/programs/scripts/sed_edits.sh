# Lines changed by sed.
seq 1 8 >n
sed -n '3p' n; sed '2,7d' n; sed -n '/5/,$p' n; sed 's/[37]/<&>/' n | tr '\n' ' '; echo
sed -e '1i first' -e '$a last' n | sed -n '1p;$p'
echo 'hello world' | sed 's/\(.*\) \(.*\)/\2 \1/; s/o/0/2'
echo 'a,b,c' | sed 's/,/;/g'
echo aaa | sed -E 's/a{2}/x/'
sed '/3/{s/3/three/;p;d}' n | head -n 4
sed 'N;s/\n/-/' n
sed -n '$=' n
sed 'y/123/abc/' n | head -n 3
sed -i 's/^/x/' n; head -n 2 n
printf 'a\nb\nc\n' | sed -n 'H;${x;s/\n/+/g;p}'
