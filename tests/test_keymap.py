"""tools/make-keymap against loadkeys, which is what Linux systems use, on our own keymaps and on small ones; and what
it says of mistakes."""
import shutil
import subprocess

import pytest

from lib import image as images

TOOL = images.ROOT / "tools/make-keymap"
OURS = {"us": images.ROOT / "kernel/input/us.map",
        **{path.stem: path for path in (images.ROOT / "userland/keymaps").glob("*.map")}}
SMALL = {
    "columns": "keymaps 0-2,4,8\nkeycode 30 = a b c\nkeycode 31 = +s +S\n\talt keycode 31 = Meta_x\n",
    "one column": "keymaps 0-5,8-9,12\nkeycode 30 = q\nkeycode 31 = Escape\nkeycode 32 = seven\nkeycode 33 =\n",
    "meta": "keymaps 0-2,4-5,8,12\nalt_is_meta\nkeycode 4 = three numbersign\n\tcontrol keycode 4 = Escape\nkeycode 5 = x\n",
    "no line keymaps": "keycode 30 = a\nkeycode 31 = one two\ncontrol altgr keycode 31 = F5\n",
    "again": "keymaps 0-3\nkeycode 30 = a\nkeycode 30 = y z\nkeycode 31 = one two\nkeycode 31 = b\n",
    "characters": "keymaps 0-2\nkeycode 30 = U+20ac U+03b1 x\nkeycode 31 = adiaeresis +odiaeresis +Udiaeresis\n",
    "actions": "keymaps 0-2\nkeycode 59 = F1 F13 F246\nkeycode 60 = Console_2 Incr_Console KP_MinPlus\n"
               "keycode 61 = Hex_A Ascii_9 SAK\nkeycode 62 = Shift_Lock SShift ShiftR\nkeycode 63 = dead_acute Up Compose\n",
    "comments": "! a comment\nkeymaps 0 # another\nkeycode 30 = \\\n  b\nstring F1 = \"\\033[[A\"\ncompose '\"' 'a' to U+00e4\n",
}
MISTAKES = {
    "keymaps 0\nkeycode 30 = nonsense\n": "map:2: 'nonsense'",
    "keymaps 0\nkeycode 30 = a b\n": "map:2: more columns than maps",
    "keymaps 0\nkeycode 300 = a\n": "keycode 0..255",
    "keymaps 300\n": "map 300 is beyond",
    "include \"nowhere\"\n": "there is no file nowhere",
    "include \"keymap.map\"\n": "included too deeply",
    "keycode 30 = a = b\n": "no keysym: =",
    "keycode 30 = U+1f600\n": "beyond what a keysym can hold",
    "something else\n": "keymap.map:1",
    "charset \"no-such\"\n": "unknown encoding",
    "string F1 = x\n": "a string is wanted",
}


def make(source, target):
    return subprocess.run([TOOL, "--include", images.ROOT / "kernel/input", source, target], capture_output=True,
                          text=True, timeout=60)


def loadkeys(source):
    program = shutil.which("loadkeys")
    if not program:
        pytest.skip("there is no loadkeys (package kbd)")
    return subprocess.run([program, "--unicode", "--bkeymap", source], capture_output=True, timeout=60, check=True).stdout


def assert_same(source, folder):
    expected = loadkeys(source)
    result = make(source, folder / "ours")
    assert result.returncode == 0, result.stderr
    assert (folder / "ours").read_bytes() == expected


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_own(name, tmp_path):
    for path in OURS.values():  # loadkeys looks for what is included beside the file
        shutil.copy(path, tmp_path / path.name)
    assert_same(tmp_path / OURS[name].name, tmp_path)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_small_ones(name, tmp_path):
    source = tmp_path / "keymap.map"
    source.write_text(SMALL[name], "utf-8")
    assert_same(source, tmp_path)


@pytest.mark.parametrize("text", MISTAKES, ids=MISTAKES.values())
def test_mistakes_are_told(text, tmp_path):
    source = tmp_path / "keymap.map"
    source.write_text(text)
    result = make(source, tmp_path / "ours")
    assert result.returncode == 1 and result.stderr.startswith("make-keymap: "), result.stderr
    assert MISTAKES[text] in result.stderr and "Traceback" not in result.stderr
