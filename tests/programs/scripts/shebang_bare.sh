# A script without an interpreter's line.
echo 'echo no interpreter line' >bare
chmod +x bare
./bare
