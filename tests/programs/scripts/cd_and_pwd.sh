# Working folders, also through links.
mkdir -p one/two
ln -s one/two link
cd one/two && pwd
cd .. && pwd
cd ../link && pwd && pwd -P
cd - >/dev/null && pwd
cd nowhere 2>/dev/null || echo "nowhere: $?"
(cd / && pwd)
pwd
cd ../link/..  && pwd
rmdir two && mkdir three && ls
