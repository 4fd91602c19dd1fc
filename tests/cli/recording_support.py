"""What the tests of recordings share: simulated networks, and the clocks of another machine."""
import contextlib
import os
import re
import struct
import subprocess

from commands_support import HEADMON, LIMIT

# Two clocks that are not this machine's: tests/support/other_clock.cpp, as CMake has built it.
OTHER_CLOCK = os.environ.get("HEADMON_OTHER_CLOCK")


@contextlib.contextmanager
def network(*arguments):
    """The nodes of `headmon simulate` with these arguments: URLs by name. They are gone with the block."""
    with subprocess.Popen([HEADMON, "simulate", *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            nodes = {}
            for line in process.stdout:
                if not line.strip():
                    break
                name, url = line.split()
                nodes[name] = url
            yield nodes
        finally:
            process.terminate()


def node_options(nodes):
    return [word for name, url in nodes.items() for word in ("--beacon-node", f"{name}={url}")]


def record(scenario, directory, seconds):
    """What `watch` prints of this scenario while it records, and the nodes."""
    with network("--scenario", scenario) as nodes:
        watched = subprocess.run([HEADMON, "watch", *node_options(nodes), "--record", directory, "--duration", str(seconds)],
                                 stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=True)
    return watched.stdout.splitlines(), nodes


class Clocks:
    """Of a process that is started with `env`: its wall clock and its monotonic clock, which may be set meanwhile."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(4096))
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        self.env = {"LD_PRELOAD": OTHER_CLOCK, "HEADMON_CLOCK": path, "ASAN_OPTIONS": options}

    def set(self, wall_seconds, monotonic_seconds=0):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=qq", int(wall_seconds * 1e9), int(monotonic_seconds * 1e9)))


def api_of(program):
    """(port, token) of the API of a `headmon run`."""
    program.wait_err("token_file=")
    text = program.err.decode()
    with open(re.search(r"token_file=(\S+)", text).group(1), encoding="ascii") as file:
        return int(re.search(r"API served url=\S+:(\d+)", text).group(1)), file.read().strip()
