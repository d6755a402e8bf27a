# The shell's own arithmetic.
a=7 b=3
echo $((a + b)) $((a - b)) $((a * b)) $((a / b)) $((a % b)) $((-a / b))
echo $((a << 4)) $((a >> 1)) $((a & b)) $((a | b)) $((a ^ b)) $((~a))
echo $((a > b)) $((a == b)) $((a && 0)) $((a || 0)) $((!a)) $((a ? 10 : 20))
echo $((0x1f)) $((010)) $((2147483647 + 1)) $((9223372036854775807))
i=0
while [ $((i += 2)) -lt 12 ]; do echo -n "$i "; done
echo
echo $((1 / 0))
echo "not reached"
