# Patterns that become names.
touch a.c b.c ab.h .hidden 'with space' '[x]'
mkdir dir; touch dir/in.c
echo *; echo *.c; echo ?.c; echo [ab]*; echo [!a]*.c; echo */*.c; echo .h*
echo none*; echo '*.c' "*.c" \*.c
for name in *; do echo "<$name>"; done
set -f; echo *.c; set +f
rm ./*.c; ls
