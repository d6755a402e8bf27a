# Looking for files, by all that they have.
mkdir -p tree/a/b/c tree/d
for name in tree/x.c tree/a/y.c tree/a/z.h tree/a/b/w.c tree/d/big; do echo "$name" >$name; done
head -c 5000 /dev/zero >tree/d/big
chmod 600 tree/x.c
ln -s ../x.c tree/d/link
find tree | sort
echo "- names"; find tree -name '*.c' | sort
echo "- folders"; find tree -type d | sort
echo "- links"; find tree -type l
echo "- depth"; find tree -maxdepth 1 | sort; find tree -mindepth 3 | sort
echo "- size"; find tree -type f -size +4
echo "- mode"; find tree -perm 600
echo "- not, or"; find tree ! -name '*.c' ! -type d -o -name x.c | sort
echo "- exec"; find tree -name '*.c' -exec basename {} .c \; | sort
echo "- prune"; find tree -name b -prune -o -name '*.c' -print | sort
echo "- delete"; find tree -name '*.h' -delete; find tree -name '*.h'
find none 2>/dev/null; echo "status $?"
