"""The benchmark keeps its budgets."""
import subprocess
import sys
from pathlib import Path


def test_budgets_are_kept(build):
    result = subprocess.run([sys.executable, Path(__file__).parent / "run"], capture_output=True, text=True, timeout=3600)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count(" ok") == 33, result.stdout
