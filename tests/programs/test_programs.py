"""The same static programs on the host's Linux and on Lintel: what they print, and how they end, must be the same."""
import fcntl
import pickle

import pytest

from lib import programs

PROGRAMS = programs.programs()
MACHINE = {"memory": "1G", "smp": 2}


def once(tmp_path_factory, name, run):
    """What run() returns, called by the first worker that asks, for all of them."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if folder.name.startswith("popen-") else folder
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = folder / f"{name}.pickle"
        if not result.exists():
            result.write_bytes(pickle.dumps(run(list(PROGRAMS))))
        return pickle.loads(result.read_bytes())


@pytest.fixture(scope="session")
def host_results(tmp_path_factory):
    return once(tmp_path_factory, "programs-host", programs.run_on_host)


@pytest.fixture(scope="session")
def lintel_results(build, tmp_path_factory):
    return once(tmp_path_factory, "programs-lintel", lambda names: programs.run_on_lintel(names, **MACHINE))


def test_there_are_programs():
    assert len(PROGRAMS) >= 30


@pytest.mark.parametrize("name", PROGRAMS)
def test_on_host(host_results, name):
    assert "FAILED: " not in host_results[name].text and "runner: " not in host_results[name].text, host_results[name].text


@pytest.mark.parametrize("name", PROGRAMS)
def test_on_lintel(host_results, lintel_results, name):
    difference = programs.difference(host_results[name], lintel_results[name])
    if PROGRAMS[name].differs:
        assert difference, "no longer differs: remove differs= from its first line"
        pytest.xfail(PROGRAMS[name].differs)
    assert not difference, f"not as on Linux:\n{difference}"
