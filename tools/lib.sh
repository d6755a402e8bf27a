# shellcheck shell=bash
# Shared by the scripts in this folder; sourced, never run.

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# first_file PATH...: prints the first of the paths that is a readable file; fails if none is.
first_file() {
    local path
    for path; do
        if [[ -f $path && -r $path ]]; then
            echo "$path"
            return
        fi
    done
    return 1
}

# UEFI firmware for QEMU: Debian and Ubuntu, Fedora, Arch, openSUSE. LINTEL_OVMF_CODE and LINTEL_OVMF_VARS
# name any other.
ovmf_code() {
    first_file "${LINTEL_OVMF_CODE:-}" /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/edk2/ovmf/OVMF_CODE.fd \
        /usr/share/edk2/x64/OVMF_CODE.4m.fd /usr/share/qemu/ovmf-x86_64-code.bin
}

ovmf_vars() {
    first_file "${LINTEL_OVMF_VARS:-}" /usr/share/OVMF/OVMF_VARS_4M.fd /usr/share/edk2/ovmf/OVMF_VARS.fd \
        /usr/share/edk2/x64/OVMF_VARS.4m.fd /usr/share/qemu/ovmf-x86_64-vars.bin
}

# The first Python that has pytest and pytest-xdist: another one may come first on PATH.
python_with_pytest() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import pytest, xdist' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

# Where the build goes: LINTEL_BUILD_DIR, else build/ beside tools/.
build_dir() {
    echo "${LINTEL_BUILD_DIR:-$root/build}"
}

# build_targets [TARGET...]: configures and builds with the default preset.
build_targets() {
    local build target arguments=()
    build=$(build_dir)
    for target; do
        arguments+=(--target "$target")
    done
    if [[ ! -f $build/build.ninja ]]; then
        (cd "$root" && cmake --preset default -B "$build" >/dev/null)
    fi
    cmake --build "$build" "${arguments[@]}"
}
