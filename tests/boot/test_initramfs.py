"""Initramfs archives as one makes them for Linux, of three different makes, boot unchanged: no file of ours is in them.
"""
import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lib import image as images

ARCHIVE = "EFI/lintel/initrd.cpio"
ENTER = "\r"


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    target.chmod(0o755)


def pack(tree, compress):
    """find . | cpio -o -H newc [| gzip], as Linux's documentation has it."""
    names = subprocess.run(["find", "."], cwd=tree, check=True, capture_output=True).stdout
    archive = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "--owner=0:0"], cwd=tree, input=names, check=True,
                             capture_output=True).stdout
    return gzip.compress(archive) if compress else archive


@pytest.fixture
def boot(machine, image):
    def start(tree, compress=False, **settings):
        config = {"initrd": r"\EFI\lintel\initrd.cpio"}
        return machine(image=image(boot_cfg=config, files={ARCHIVE: pack(tree, compress)}), **settings)

    return start


def run(started, command, result):
    """Types a command and waits for a line of its output."""
    started.send_serial(command + ENTER)
    started.wait_for(re.compile(rf"\n{re.escape(result)}\n"), 30)


def switch_off(started, command):
    started.send_serial(command + ENTER)
    started.wait_for("reboot: power off", 30)
    assert started.wait_exit(30) == 0


def test_plain_busybox(boot, tmp_path):
    """BusyBox makes device nodes from /sys, copies the system into another root and goes there; then its init without
    an inittab: it asks on the console and on tty2 to tty4."""
    copy(shutil.which("busybox"), tmp_path / "bin/busybox")
    os.symlink("busybox", tmp_path / "bin/sh")
    write_script(tmp_path / "init", """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /sbin /usr/bin /usr/sbin /new
/bin/busybox --install -s
mount -t proc none /proc
mount -t sysfs none /sys
mount -t tmpfs none /dev
mdev -s
mount -t tmpfs -o mode=755 system /new
cp -a /bin /sbin /usr /etc /new
mkdir /new/proc /new/sys /new/dev /new/old
for name in proc sys dev; do mount --move /$name /new/$name; done
echo "Linux: the initramfs is ready"
exec switch_root /new /sbin/init
""")
    write_script(tmp_path / "etc/init.d/rcS", "#!/bin/sh\necho rcS has run in $(mount | grep ' / type tmpfs' | cut -d ' ' -f 1-3)\n")
    started = boot(tmp_path, compress=True)
    started.wait_for("Linux: the initramfs is ready")
    started.wait_for("rcS has run in system on /\n")
    started.wait_for("Please press Enter to activate this console.")
    started.send_serial(ENTER)
    started.wait_for("# ", 30)
    run(started, "echo $((6 * 7)) $(cat /proc/1/comm)", "42 init")
    run(started, "ls -l /dev/null /dev/tty1 | cut -c1", "c\nc")
    run(started, "mount | grep -c -e ' /proc ' -e ' /sys ' -e ' /dev '", "3")
    run(started, "stat -c '%A %t:%T' /dev/null /dev/ttyS0", "crw-rw---- 1:3\ncrw-rw---- 4:40")
    run(started, "ls /init /new 2>&1 | wc -l", "2")
    started.send_serial("mount --bind / /old && mkdir /old/up && chroot /old sh -c 'echo chroot: /up*'" + ENTER)
    started.wait_for("chroot: /up\n", 30)
    run(started, "umount /old && mount -t tmpfs none /old && cp -a /bin /old && mkdir /old/up && echo ready", "ready")
    run(started, "pivot_root /old /old/up && echo /*", "/bin /up")
    run(started, "pivot_root /up /up/old && umount -l /old && ls /old | wc -l", "0")
    run(started, "ps | grep -c '^ *1 0 .*init'", "1")
    switch_off(started, "poweroff")


def test_tools_of_musl_and_an_init_of_ones_own(boot, build, tmp_path):
    copy(shutil.which("busybox"), tmp_path / "bin/busybox")
    os.symlink("busybox", tmp_path / "bin/sh")
    for name in ("bench", "demo-threads"):
        copy(build / "userland" / name, tmp_path / "bin" / name)
    source = images.ROOT / "tests/boot/programs/tiny_init.c"
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", tmp_path / "init"],
                   check=True)
    (tmp_path / "dev").mkdir()
    started = boot(tmp_path, smp=2)
    started.wait_for("init: ready, pid 1\n")
    started.wait_for("# ", 30)
    run(started, "/bin/demo-threads | busybox head -n 1 | busybox wc -l", "1")
    run(started, "(busybox sh -c 'busybox sleep 0.2; exit 5' &) ; busybox sleep 0.5; echo slept", "slept")
    assert "init: reaped an orphan that ended with status 5\n" in started.serial
    run(started, "busybox readlink /proc/1/exe", "/init")
    started.send_serial("exit 3" + ENTER)
    started.wait_for("init: the shell ended with status 3\n", 30)
    started.wait_for("# ", 30)
    switch_off(started, "exit")


def dynamic_parts(program):
    """The program's linker and libraries, as paths of this machine."""
    text = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", text)]


def test_bash_and_toybox(boot, tmp_path):
    """Bash linked statically; Toybox, which Debian links dynamically, with its linker and libraries."""
    toybox = shutil.which("toybox")
    if toybox is None or shutil.which("bash-static") is None:
        pytest.skip("this system has no packages of both")
    copy(shutil.which("bash-static"), tmp_path / "bin/bash")
    copy(toybox, tmp_path / "bin/toybox")
    for part in dynamic_parts(toybox):
        copy(part.resolve(), tmp_path / str(part).lstrip("/"))
    for name in subprocess.run([toybox], check=True, capture_output=True, text=True).stdout.split():
        if not (tmp_path / "bin" / name).exists():
            os.symlink("toybox", tmp_path / "bin" / name)
    write_script(tmp_path / "init", """#!/bin/bash
export PATH=/bin
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
shopt -s lastpipe
for ((sum = 0, i = 1; i <= 100; i++)); do ((sum += i)); done
echo "bash $BASH_VERSION: $sum"
exec bash --norc -i
""")
    started = boot(tmp_path)
    started.wait_for(re.compile(r"bash 5\.\S+: 5050\n"))
    started.wait_for("# ", 30)
    run(started, "echo {a..e} ${BASH_VERSINFO[0]}", "a b c d e 5")
    run(started, "seq 3 | sort -r | head -n 1", "3")
    run(started, "echo $(ps -o PID,NAME -p 1 | tail -n 1)", "1 bash")
    run(started, "paste <(echo one) <(echo two) | sed 's/\\t/ /'", "one two")
    run(started, "sleep 100 & kill $!; wait $!; echo $?", "143")
    run(started, "sleep 100 & until pgrep -x sleep >/dev/null; do :; done; pkill -x sleep; wait $!; echo $?", "143")
    run(started, "cd /tmp; pwdx $$ | cut -d ' ' -f 2; mountpoint -q /proc && chrt -f 7 chrt -p 0 | grep -c FIFO", "/tmp\n1")
    run(started, "readelf -h /bin/bash | grep -c EXEC; iorenice $$ | cut -d ' ' -f 3-", "1\nclass none (0), prio 0")
    switch_off(started, "toybox poweroff -nf")
