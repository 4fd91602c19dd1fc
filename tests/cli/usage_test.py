#!/usr/bin/env python3
"""Wrong usage and configuration: exit code 2, one error line, nothing started.

usage: HEADMON=PROGRAM usage_test.py [unittest arguments]; only the standard library is needed.
"""
import socket
import unittest

from commands_support import Case, beacon_node, run


class Usage(Case):
    def refused(self, *arguments, text):
        code, out, err = run(*arguments)
        self.assertEqual((code, out), (2, ""), err)
        self.assertEqual(err.count("\n"), 1, f"one error line: {err}")
        self.assertIn(text, err)
        self.assertTrue(err.startswith("headmon: "), err)

    def test_usage_errors_exit_2_with_one_line(self):
        self.refused(text="A subcommand is required")
        self.refused("frobnicate", text="see headmon --help")
        self.refused("run", "--confg", "x", text="did you mean --config?")
        self.refused("run", text="no nodes; give --config FILE")
        self.refused("run", "--config", self.path("none.toml"), text="none.toml: cannot be read")
        self.refused("run", "--config", self.path("bad.toml", "a = 1\nb = ["), text="bad.toml:2: this is not valid TOML")
        self.refused("run", "--config", self.path("empty.toml", ""), text="empty.toml:1: no nodes")
        twice = '[[node]]\nname = "a"\nurl = "http://a"\n[[node]]\nname = "a"\nurl = "http://b"\n'
        self.refused("run", "--config", self.path("twice.toml", twice), text="twice.toml:4: a second node named \"a\"")
        self.refused("run", "--beacon-node", "a=http://", text="--beacon-node: ")
        self.refused("run", "--beacon-node", "a=ftp://host", text="--beacon-node: ")
        ca = '[[node]]\nurl = "https://a"\nca_file = "none.pem"\n'
        self.refused("run", "--config", self.path("ca.toml", ca), text="ca.toml:3: CA file")
        self.refused("watch", "--beacon-node", "a=http://a", "--format", "table", text="needs a terminal")
        self.refused("simulate", "--scenario", self.path("none.toml"), text="none.toml")

    def test_a_port_in_use_exits_2(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            scenario = f'slot_ms = 1000\n[[node]]\nname = "a"\nclient = "teku"\nport = {port}\n'
            self.refused("simulate", "--scenario", self.path("port.toml", scenario),
                         text=f"headmon: node a: port {port}: Address already in use; choose another port")

    def test_output_that_is_lost_exits_1(self):
        for arguments in (["--help"], ["--version"], ["simulate", "--nodes", "1"], ["demo", "--duration", "1"]):
            with open("/dev/full", "wb") as full:
                program = self.start(*arguments, stdout=full)
                code, _, err = program.end()
            self.assertEqual((code, err), (1, "headmon: standard output cannot be written\n"), arguments)

    def test_a_ca_file_that_is_no_small_file_exits_2(self):
        for path in (self.folder, "/dev/zero"):
            config = self.path("ca.toml", f'[[node]]\nurl = "https://a"\nca_file = "{path}"\n')
            self.refused("run", "--config", config, text="ca.toml:3: CA file")

    def test_a_node_name_with_a_space_is_refused(self):
        scenario = 'slot_ms = 1000\n[[node]]\nname = "a b"\nclient = "teku"\n'
        self.refused("simulate", "--scenario", self.path("name.toml", scenario), text="name.toml:3: ")

    def test_a_node_name_with_a_backslash_is_refused_by_every_command(self):
        config = self.path("name.toml", "[[node]]\nname = 'a\\b'\nurl = \"http://a\"\n")
        text = "name.toml:2: a node's name holds a backslash"
        for command in ("run", "watch"):
            self.refused(command, "--config", config, text=text)
        code, out, err = run("check", "--config", config)
        self.assertEqual((code, out), (3, ""))
        self.assertIn(text, err)

    def test_help_and_version_exit_0(self):
        for arguments in (["--help"], ["--version"], ["events", "--help"]):
            code, out, err = run(*arguments)
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(out.endswith("\n"))

    def test_no_core_file_is_left(self):
        server = self.serve(beacon_node())
        program = self.start("watch", "--beacon-node", f"a={server.url()}")
        program.wait_out("node_head")
        with open(f"/proc/{program.process.pid}/limits", encoding="ascii") as limits:
            line = next(line for line in limits if line.startswith("Max core file size"))
        self.assertRegex(line, r"Max core file size\s+0\s+0\s")


if __name__ == "__main__":
    unittest.main(verbosity=2)
