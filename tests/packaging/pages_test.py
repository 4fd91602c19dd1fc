#!/usr/bin/env python3
"""Man pages and completions against --help: each option is in all of them, and nothing else is.

usage: HEADMON=PROGRAM HEADMON_PAGES=FOLDER pages_test.py [unittest arguments]; wants man, bash-completion, zsh and fish.
"""
import contextlib
import functools
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from commands_support import Case, HEADMON, LIMIT, run  # noqa: E402

PAGES = pathlib.Path(os.environ["HEADMON_PAGES"])
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
# Completion calls headmon by its name.
ENVIRONMENT = {**os.environ, "PATH": f"{pathlib.Path(HEADMON).resolve().parent}:{os.environ['PATH']}", "TERM": "dumb"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT, timeout=LIMIT).stdout


@functools.lru_cache(maxsize=None)
def help_of(*command):
    return run(*command, "--help")[1]


def commands():
    text = help_of().split("Subcommands:")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) ", text, re.MULTILINE)


def options(command):
    """The long options that --help of a command lists, each with whether it has a value."""
    text = help_of(command)
    return {name: bool(value) for name, value in re.findall(r"^  (?:-h,)?(--[\w-]+)( [^\s].*?|)(?=\s{2}|$)", text, re.MULTILINE)}


class Terminal:
    """A shell that somebody types into."""

    def __init__(self, *argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, ENVIRONMENT)
        self.text = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, text):
        end = time.monotonic() + LIMIT
        while text not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.text!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                with contextlib.suppress(OSError):
                    self.text += os.read(self.fd, 65536).decode(errors="replace")

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Manual(unittest.TestCase):
    def page(self, name):
        return (PAGES / "man1" / name).read_text(encoding="utf-8")

    def test_each_command_has_a_page_with_the_options_of_its_help(self):
        self.assertEqual(sorted(path.name for path in (PAGES / "man1").iterdir()),
                         sorted(["headmon.1", *(f"headmon-{command}.1" for command in commands())]))
        for command in commands():
            text = self.page(f"headmon-{command}.1").split(".SH OPTIONS")[1].split(".SH ")[0]
            shown = {name.replace("\\-", "-"): bool(value)
                     for name, value in re.findall(r"^(?:\\fB\\-h\\fR, )?\\fB(\\-\\-[\w\\-]+)\\fR( .+)?$", text, re.MULTILINE)}
            self.assertEqual(shown, options(command), command)
            self.assertIn(f"\\fB{command}\\fR", self.page("headmon.1"))

    def test_the_page_of_the_config_has_every_line_of_the_example(self):
        page = output("man", "-E", "UTF-8", "-l", str(PAGES / "man5" / "headmon.toml.5"))
        example = run("config", "example")[1]
        shown = {line.strip() for line in page.splitlines()}
        self.assertEqual([line for line in example.splitlines() if line.strip() and line.strip() not in shown], [])

    @unittest.skipUnless(shutil.which("man"), "man is not there")
    def test_no_page_has_anything_that_man_warns_of(self):
        for path in [*(PAGES / "man1").iterdir(), *(PAGES / "man5").iterdir()]:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(path)], capture_output=True,
                                  text=True, check=True, env={**ENVIRONMENT, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual(done.stderr, "", path)


class Completion(Case):
    def setUp(self):
        super().setUp()
        self.toml = self.path("headmon.toml", '[[node]]\nname = "alpha"\nurl = "http://a"\n[[node]]\nurl = "http://b:1"\n')

    def bash(self, *words):
        """What bash offers for the last of the words."""
        script = (f"source {PAGES}/bash/headmon; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _headmon; "
                  "[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"")
        return output("bash", "-c", script, "bash", *words).split("\n")[:-1]

    def fish(self, line):
        return [word.split("\t")[0] for word in
                output("fish", "--no-config", "-c", f"source {PAGES}/fish/headmon.fish; complete -C '{line}'").splitlines()]

    def test_bash_has_the_options_of_the_help(self):
        self.assertEqual(self.bash("headmon", ""), commands())
        for command in commands():
            self.assertEqual(sorted(self.bash("headmon", command, "--")), sorted(options(command)), command)

    @unittest.skipUnless(shutil.which("fish"), "fish is not there")
    def test_fish_has_the_options_of_the_help(self):
        self.assertLessEqual(set(commands()), set(self.fish("headmon ")))
        for command in commands():
            self.assertEqual(sorted(self.fish(f"headmon {command} --")), sorted(options(command)), command)
        self.assertEqual(self.fish("headmon run --log-format "), ["json", "text"])
        self.assertEqual(self.fish(f"headmon candidates remove --config {self.toml} "), ["alpha", "b:1"])

    def test_zsh_has_the_options_of_the_help(self):
        text = (PAGES / "zsh" / "_headmon").read_text(encoding="utf-8")
        for command in commands():
            part = text.split(f"\n        {command})\n")[1].split(";;")[0]
            shown = {name: bool(value) for name, value in re.findall(r"^ +'\*?(--[\w-]+)(=?)\[", part, re.MULTILINE)}
            self.assertEqual(shown, options(command), command)

    def test_words_follow_what_stands_before_them(self):
        self.assertEqual(self.bash("headmon", "run", "--log-format", ""), ["text", "json"])
        self.assertEqual(self.bash("headmon", "run", "--config", "x", "--log-level", "w"), ["warning"])
        self.assertEqual(self.bash("headmon", "candidates", ""), ["get", "set", "add", "remove"])
        self.assertEqual(self.bash("headmon", "history", "check", self.toml[:-2]), [self.toml])
        self.assertEqual(self.bash("headmon", "run", "--beacon-node", ""), [])

    def test_names_of_nodes_come_from_the_config_and_none_from_a_broken_one(self):
        for words in (["--config", self.toml], [f"--config={self.toml}"]):
            self.assertEqual(self.bash(HEADMON, "candidates", "remove", *words, ""), ["alpha", "b:1"])
        broken = self.path("broken.toml", "a = [")
        self.assertEqual(self.bash(HEADMON, "candidates", "remove", "--config", broken, ""), [])

    @unittest.skipUnless(os.path.exists(BASH_COMPLETION), "bash-completion is not there")
    def test_a_bash_that_somebody_types_into_completes(self):
        self.types("bash", ["--norc", "--noprofile", "-i"], f"source {BASH_COMPLETION}; source {PAGES}/bash/headmon")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not there")
    def test_a_zsh_that_somebody_types_into_completes(self):
        self.types("zsh", ["-f", "-i"], f"fpath=({PAGES}/zsh $fpath); autoload -U compinit; compinit -u -D")

    def types(self, shell, arguments, preparation):
        terminal = Terminal(shell, *arguments)
        self.addCleanup(terminal.close)
        terminal.type(f"{preparation}; echo rea''dy\n")
        terminal.wait_for("ready\r\n")
        for typed, rest in (("headmon healt", "hcheck "), ("headmon run --log-level=w", "arning"),
                            (f"headmon candidates remove --config {self.toml} al", "pha"),
                            (f"headmon candidates remove --config {self.toml} b:", ":1")):
            terminal.text = ""
            terminal.type(typed + "\t")
            terminal.wait_for(rest)
            terminal.type("\x15")


if __name__ == "__main__":
    unittest.main(verbosity=2)
