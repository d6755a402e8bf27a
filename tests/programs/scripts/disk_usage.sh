# Sizes of files and folders that hold data.
mkdir d; head -c 8192 /dev/zero >d/two; head -c 1 /dev/zero >d/one; : >d/none
du -k d/two d/one d/none
truncate -s 1000000 sparse; wc -c <sparse; du -k sparse
truncate -s 10 d/two; wc -c <d/two
sync; echo $?
