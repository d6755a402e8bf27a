"""Every exception in ring 0, provoked by the command line, ends in a report: which one, in which function, and
what was logged before."""
import re

import pytest

from lib.image import ROOT
from lib.kernel_log import END_BY_STATUS, EXIT_PANIC

IN_RING_0 = "in ring 0, error code 0x0"
SOURCE = ROOT / "kernel/arch/x86_64/provoke_exception.c"
INT_VECTORS = {"nmi": 2, "bp": 3, "of": 4, "br": 5, "mc": 18, "ve": 20, "hv": 28}  # raised by raise_int_N

EXCEPTIONS = {  # name for the command line: the panic's words
    "de": f"#DE divide error {IN_RING_0}",
    "db": f"#DB debug exception {IN_RING_0}",
    "nmi": f"NMI non-maskable interrupt {IN_RING_0}",
    "bp": f"#BP breakpoint {IN_RING_0}",
    "of": f"#OF overflow {IN_RING_0}",
    "br": f"#BR bound range exceeded {IN_RING_0}",
    "ud": f"#UD invalid opcode {IN_RING_0}",
    "nm": f"#NM device not available {IN_RING_0}",
    "df": "#DF double fault: kernel stack overflow",
    "9": f"coprocessor segment overrun (vector 9) {IN_RING_0}",
    "ts": "#TS invalid TSS in ring 0, error code 0x40",  # the selector of the TSS
    "np": "#NP segment not present in ring 0, error code 0x50",
    "ss": "#SS stack-segment fault in ring 0, error code 0x50",
    "gp": f"#GP general protection {IN_RING_0}",
    "pf": "#PF page fault in ring 0: write at 0xffffc07fffe00000, not mapped",
    "15": f"reserved exception 15 {IN_RING_0}",
    "mf": f"#MF x87 floating-point error {IN_RING_0}",
    "ac": f"#AC alignment check {IN_RING_0}",
    "mc": f"#MC machine check {IN_RING_0}",
    "xm": f"#XM SIMD floating-point exception {IN_RING_0}",
    "ve": f"#VE virtualization exception {IN_RING_0}",
    "cp": f"#CP control protection {IN_RING_0}",
    **{str(vector): f"reserved exception {vector} {IN_RING_0}" for vector in (22, 23, 24, 25, 26, 27, 31)},
    "hv": f"#HV hypervisor injection {IN_RING_0}",
    "vc": f"#VC VMM communication {IN_RING_0}",
    "sx": f"#SX security exception {IN_RING_0}",
    "stack": "#DF double fault: kernel stack overflow",
    "write-text": "#PF page fault in ring 0: write at 0x{rip-page}, not permitted",
    "execute-data": "#PF page fault in ring 0: execution at 0x{rip}, not permitted",
    "user-memory": "#PF page fault in ring 0: write at 0x1000, not mapped",
}

CALL = re.compile(r"\]   #(\d+) ([0-9a-f]{16})(?: (\w+)\+0x[0-9a-f]+)?\n")


def function_that_raises(name):
    """As the call chain shows it: `execute-data` is left by a jump, so there the caller stands first."""
    if name in INT_VECTORS or name.isdigit():
        return f"raise_int_{INT_VECTORS.get(name, name)}"
    return "provoke_as_asked" if name == "execute-data" else f"raise_{name.replace('-', '_')}"


def test_table_is_complete():
    assert set(EXCEPTIONS) == set(re.findall(r'^    \{"([a-z0-9-]+)", raise_', SOURCE.read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exception(run_to_end, name):
    status, text = run_to_end(f"provoke={name} {END_BY_STATUS}")
    assert status == EXIT_PANIC
    report = text[text.index("PANIC: "):]
    assert text.count("PANIC: ") == 1
    rip = re.search(r"\] rip ([0-9a-f]{16})  cs 10  rflags [0-9a-f]{8}  rsp [0-9a-f]{16}  ss 18\n", report)[1]
    words = re.escape(EXCEPTIONS[name].replace("{rip}", rip)).replace(r"\{rip\-page\}", r"ffffffff[0-9a-f]{5}000")
    assert re.match(rf"PANIC: {words}\n", report)
    for register in ("rax", "rsi", "r9 ", "r13", "cr2"):
        assert re.search(rf"\] {register} [0-9a-f]{{16}}  ", report), register
    chain = CALL.findall(report, report.index("call chain:\n"))
    assert [int(number) for number, _, _ in chain] == list(range(len(chain)))
    assert chain[0][1] == rip
    functions = [function for _, _, function in chain if function]
    assert functions[0] == function_that_raises(name)
    assert "kmain" in functions and "provoke_as_asked" in functions
    last_lines = report[report.index("last log lines before the panic:\n"):].splitlines()[1:]
    assert 1 <= len(last_lines) <= 8 and last_lines[-1].endswith(f"] provoke: {name}")


def test_unknown_name_is_no_panic(run_to_end):
    status, text = run_to_end(f"provoke=no-such-exception {END_BY_STATUS} -- exit=0")
    assert status != EXIT_PANIC and "PANIC" not in text
    assert 'provoke: "no-such-exception" is not a name that is known' in text
