#!/usr/bin/env python3
"""packaging/headmon.service: what it forbids, and that headmon needs nothing of it.

usage: HEADMON=PROGRAM unit_test.py [unittest arguments]; wants systemd-analyze, and strace for one test.
"""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from commands_support import Case, beacon_node  # noqa: E402

UNIT = ROOT / "packaging" / "headmon.service"


def settings(name):
    """The values of a setting, in their order."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


@functools.lru_cache(maxsize=None)
def members(group):
    """The system calls of a group such as `@clock`."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], check=True, capture_output=True,
                          text=True).stdout
    names = set()
    for word in (line.strip() for line in text.splitlines()[1:]):
        if word.startswith("@"):
            names |= members(word)
        elif word and not word.startswith("#"):
            names.add(word)
    return names


def allowed_calls():
    """As systemd.exec(5) has it: the first line decides what the list is, each further one adds or removes."""
    allowed = set()
    for value in settings("SystemCallFilter"):
        is_removal = value.startswith("~")
        for word in value.lstrip("~").split():
            names = members(word) if word.startswith("@") else {word}
            allowed = allowed - names if is_removal else allowed | names
    # systemd always allows these.
    return allowed | members("@default") | {"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn"}


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there")
class Unit(Case):
    def test_the_clock_can_be_read_and_not_set(self):
        allowed = allowed_calls()
        self.assertLessEqual({"adjtimex", "clock_adjtime"}, allowed)
        self.assertFalse({"clock_settime", "clock_settime64", "settimeofday", "stime"} & allowed)
        # It would take adjtimex away, whatever the filter is.
        self.assertFalse(set(settings("ProtectClock")) & {"yes", "true", "on", "1"})
        # Without CAP_SYS_TIME adjtimex only reads; without /dev/rtc nobody sets the other clock.
        self.assertEqual(settings("CapabilityBoundingSet"), [""])
        self.assertEqual(settings("AmbientCapabilities"), [""])
        self.assertEqual(settings("PrivateDevices"), ["yes"])
        self.assertEqual(settings("NoNewPrivileges"), ["yes"])

    def test_the_unit_is_well_formed_and_exposes_little(self):
        folder = self.path("unit")
        os.mkdir(folder)
        text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/headmon", shutil.which("true"))
        with open(os.path.join(folder, "headmon.service"), "w", encoding="utf-8") as unit:
            unit.write(text)
        path = os.path.join(folder, "headmon.service")
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
        self.assertEqual([line for line in verified.stderr.splitlines() if "headmon.service" in line], [])
        analysed = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", path],
                                  capture_output=True, text=True, check=False).stdout
        level = re.search(r"Overall exposure level for headmon.service: ([\d.]+)", analysed)
        self.assertIsNotNone(level, analysed)
        self.assertLess(float(level.group(1)), 2.0)
        # The page says what it is.
        page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
        self.assertTrue(f"says exposure **{level.group(1)}**" in page, level.group(0))

    def test_secrets_come_as_credentials_and_the_package_has_their_directory(self):
        self.assertEqual(settings("LoadCredential"), ["headmon:/etc/headmon/credentials"])
        self.assertIn("install -d -m 700 debian/headmon/etc/headmon/credentials",
                      (ROOT / "debian" / "rules").read_text(encoding="utf-8"))

    @unittest.skipUnless(shutil.which("strace"), "strace is not there")
    def test_headmon_makes_no_call_that_is_forbidden(self):
        nodes = [self.serve(beacon_node()) for _ in range(2)]
        trace = self.path("trace")
        config = self.config(nodes[0].url(), nodes[1].url().replace("127.0.0.1", "localhost"))
        # What sanitizers do of their own is no part of the product.
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        command = ["strace", "-f", "-qq", "-o", trace, os.environ["HEADMON"], "run", "--config", config, "--state-dir",
                   self.path("state"), "--metrics-address", "127.0.0.1:0", "--api-address", "127.0.0.1:0"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as tracer:
            text = b""
            while b"stream open node=node-2" not in text or b"stream open node=node-1" not in text:
                part = os.read(tracer.stderr.fileno(), 65536)
                if not part and b"ptrace" in text:
                    self.skipTest("nothing may be traced here")
                self.assertTrue(part, text)
                text += part
            with open(f"/proc/{tracer.pid}/task/{tracer.pid}/children", encoding="ascii") as children:
                os.kill(int(children.read().split()[0]), 15)
            tracer.stderr.read()
        with open(trace, encoding="utf-8", errors="replace") as lines:
            used = {match.group(1) for line in lines if (match := re.match(r"\d+\s+(\w+)\(", line))}
        self.assertTrue({"adjtimex", "clock_adjtime"} & used, "the kernel's word on the clock is not asked for")
        self.assertLessEqual(used - {"personality"}, allowed_calls())


if __name__ == "__main__":
    unittest.main(verbosity=2)
