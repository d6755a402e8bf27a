"""The host programs, each as one test: unit tests for as long as they take, fuzzers for a short while; and the
check of the images' layout."""
import os
import subprocess

import pytest

from lib import image as images

BUILD = images.build_folder()
PROGRAMS = BUILD / "tests"
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
UNIT_TIMEOUT_S = 600
FUZZ_S = 10


def programs(prefix):
    """Names of the programs that the build makes: a test that was not built must fail, not vanish."""
    plan = BUILD / "build.ninja"
    lines = plan.read_text("utf-8").splitlines() if plan.is_file() else []
    start = f"build tests/{prefix}"
    names = {line.partition(":")[0].removeprefix("build tests/") for line in lines if line.startswith(start)}
    return sorted(name for name in names if "/" not in name and " " not in name)


def run(command, timeout, folder):
    """Runs a program in a folder of its own; its output is shown if the test fails."""
    try:
        result = subprocess.run(command, cwd=folder, env={**os.environ, **SANITIZERS}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    except FileNotFoundError:
        pytest.fail(f"{command[0]} is not built: build the target host-tests, or run tools/test", pytrace=False)
    except subprocess.TimeoutExpired as error:
        text = (error.stdout or b"").decode("utf-8", "replace")
        pytest.fail(f"{command[0]} still ran after {timeout} s\n{text}", pytrace=False)
    text = result.stdout.decode("utf-8", "replace")
    print(text)
    if result.returncode != 0:
        pytest.fail(f"{command[0]} ended with status {result.returncode}", pytrace=False)
    return text


def test_there_are_host_programs():
    assert len(programs("unit-")) >= 5 and len(programs("fuzz-")) >= 3


@pytest.mark.parametrize("name", programs("unit-"))
def test_unit(name, tmp_path):
    text = run([PROGRAMS / name], UNIT_TIMEOUT_S, tmp_path)
    assert "[  PASSED  ]" in text and "[  FAILED  ]" not in text


@pytest.mark.parametrize("name", programs("fuzz-"))
def test_fuzzer(name, tmp_path):
    """The same inputs in every run, as far as the time goes. What it finds interesting is thrown away."""
    found = tmp_path / "found"
    found.mkdir()
    text = run([PROGRAMS / name, f"-max_total_time={FUZZ_S}", "-seed=1", "-timeout=60", "-rss_limit_mb=1024", found],
               FUZZ_S + 600, tmp_path)
    assert "DONE" in text and "Done " in text


def test_layout():
    result = subprocess.run([images.ROOT / "tools/layout", "--check", "--build", BUILD], capture_output=True,
                            text=True, timeout=600)
    assert result.returncode == 0, result.stderr
