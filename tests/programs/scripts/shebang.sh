# Scripts that are run as programs.
cat >hello <<'X'
#!/bin/sh
echo "$0 with $# arguments: $*"
exit 9
X
chmod +x hello
./hello one "two three"; echo $?
cat >option <<'X'
#!/bin/sh -e
false
echo "not reached"
X
chmod +x option; ./option; echo $?
printf '#!/bin/cat\nprinted by cat\n' >self; chmod +x self; ./self
printf '#!./hello\n' >chained; chmod +x chained; ./chained arg; echo $?
printf '#!/none/interpreter\n' >broken; chmod +x broken; ./broken 2>/dev/null; echo $?
mkdir bin; cp hello bin/found; PATH=$PWD/bin:$PATH; cd /; found | sed 's|.*/||'
