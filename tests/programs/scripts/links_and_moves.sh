# Names come, go and move.
echo one >a; ln a b; ln -s a s
echo more >>b; cat a s
mv a c; cat s 2>/dev/null || echo dangling
ls -1; stat -c %h b
mkdir d e; mv b c d; ls d
mv d e; find e | sort
mv e/d/b e/d/c; find e | sort
cp -r e f; find f | sort; rm -r e; ls
rmdir f 2>/dev/null || echo "not empty"
mv none x 2>/dev/null || echo "none: $?"
ln -sf f/d/c s; cat s; readlink s; readlink -f s
touch 'a b'; mv 'a b' ./-x; ls; rm ./-x; ls
