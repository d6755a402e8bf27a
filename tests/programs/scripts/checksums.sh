# Sums of the same bytes.
seq 1 10000 >n
md5sum <n; sha1sum <n; sha256sum <n; sha512sum <n | cut -c 1-40
sha256sum n >s; sha256sum -c s
echo x >>n; sha256sum -c s 2>/dev/null; echo $?
base64 <s | base64 -d | cmp - s && echo "there and back"
uuencode -m n <s | head -n 1
