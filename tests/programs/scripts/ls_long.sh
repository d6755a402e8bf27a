# What ls shows of modes, owners, sizes.
umask 022
mkdir dir; echo 12345 >file; ln -s file link; chmod 4755 file; touch .dot
touch -d '2001-02-03 04:05:06' file dir .dot
touch -h -d '2001-02-03 04:05:06' link
ls; ls -a; ls -A; ls -1F
ls -l file link
ls -ld dir | cut -c 1-10
ls -n file | cut -d ' ' -f 1-8 | tr -s ' '
chmod u-s,g+w,o-r file; ls -l file | cut -c 1-10
umask 077; touch private; mkdir closed; ls -ld private closed | cut -c 1-10
umask; umask -S
ls none 2>/dev/null; echo $?
