# A script that ends at the first failure.
(set -e; false; echo "not reached"); echo $?
(set -e; false || true; if false; then :; fi; ! true; echo "still here"); echo $?
(set -e; f() { false; echo "in a condition"; }; f && :; echo after); echo $?
(set -e; x=$(false); echo "not reached"); echo $?
sh -c 'exit 42'; echo $?
sh -c 'kill -TERM $$'; echo $?
sh -c 'none-such' 2>/dev/null; echo $?
echo data >noexec; chmod 644 noexec; ./noexec 2>/dev/null; echo $?
mkdir dir; ./dir 2>/dev/null; echo $?
sh -c 'exit 256'; echo $?
