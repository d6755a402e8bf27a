"""What the boot tests stand on: machines under QEMU, disk images, and reading screens."""
