# Words that become arguments.
echo a b c | xargs echo got
printf '1\n2\n3\n' | xargs -n 1 echo item
printf 'x y\nz\n' | xargs -I {} echo '<{}>'
printf 'one\0two words\0' | xargs -0 -n 1 echo
seq 1 5000 | xargs | wc -w
seq 1 10 | xargs -n 3
touch f1 f2 f3; ls f* | xargs rm; ls
echo | xargs echo empty
echo | xargs -r echo "not run"
echo x | xargs false; echo $?
echo x | xargs sh -c 'exit 255' 2>/dev/null; echo $?
