# lintel: differs="BusyBox's shell starts itself for it by /proc/self/exe, and there is no /proc yet"
# A script without an interpreter's line.
echo 'echo no interpreter line' >bare
chmod +x bare
./bare
