#!/usr/bin/env python3
"""`headmon config`, `headmon run --check` and `headmon healthcheck`.

usage: HEADMON=PROGRAM config_command_test.py [unittest arguments]; only the standard library is needed.
"""
import os
import pathlib
import unittest

from commands_support import Case, SECRET, beacon_node, closed_port, json_answer, run

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "config" / "headmon.example.toml"


class Config(Case):
    def test_example_prints_the_example_and_check_takes_it(self):
        code, text, err = run("config", "example")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(text, EXAMPLE.read_text(encoding="utf-8"))
        path = self.path("example.toml", text)
        code, out, err = run("config", "check", path)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("2 nodes: alpha beta\n", out)
        self.assertIn("API: 127.0.0.1:9465\n", out)

    def test_check_and_run_refuse_the_same_with_the_same_line(self):
        node = '[[node]]\nname = "a"\nurl = "http://a"\n'
        broken = {
            "key": "netwrk = 'auto'\n" + node,
            "toml": "a = [",
            "none": "",
            "twice": node + node,
            "network": "network = 'mainnet'\ngenesis_time = 1\n" + node,
            "remote": "[api]\nagent_address = '0.0.0.0:9466'\n" + node,
            "ca": node + "ca_file = 'none.pem'\n",
        }
        for name, text in broken.items():
            path = self.path(f"{name}.toml", text)
            answers = [run("config", "check", path), run("run", "--config", path, "--check"), run("run", "--config", path)]
            code, out, err = answers[0]
            self.assertEqual((code, out, err.count("\n")), (2, "", 1), err)
            self.assertIn(f"{name}.toml:", err)
            self.assertEqual(answers, [answers[0]] * 3)
        self.assertEqual(run("config", "check", self.path("not-there.toml"))[0], 2)

    def test_a_check_starts_nothing_and_shows_no_secret(self):
        node = self.serve(beacon_node())
        config = self.config(node.url(path=f"/{SECRET}"), rest="[history]\npath = 'history.db'")
        before = sorted(os.listdir(self.folder))
        for command in (["config", "check", config], ["run", "--check", "--config", config],
                        ["run", "--check", "--beacon-node", f"node-1={node.url(path='/' + SECRET)}"]):
            code, out, err = run(*command)
            self.assertEqual((code, err), (0, ""), command)
            self.assertIn("1 node: node-1\n", out)
            self.assertNotIn(SECRET, out)
        self.assertEqual(node.requests, [])
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_values_from_outside_are_looked_at_where_headmon_runs_alone(self):
        config = self.path("headmon.toml", '[[node]]\nname = "a"\nurl = "http://a"\n'
                           'headers_from_env = { "X-A" = "HEADMON_TEST_A" }\n'
                           'headers_from_credential = { "X-B" = "b" }\n')
        code, out, err = run("config", "check", config)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("2 values of variables and credentials not looked at", out)
        environment = {"HEADMON_TEST_A": "1", "CREDENTIALS_DIRECTORY": self.folder}
        code, _, err = run("run", "--check", "--config", config, env=environment)
        self.assertEqual(code, 2)
        self.assertIn("headmon.toml:5: the credential for this header of node \"a\" cannot be read", err)
        self.path("b", f"{SECRET}\n")
        code, out, err = run("run", "--check", "--config", config, env=environment)
        self.assertEqual((code, err), (0, ""))
        self.assertNotIn("not looked at", out)

    def test_a_credential_reaches_the_node(self):
        node = self.serve(beacon_node())
        config = self.config(node.url(), rest="")
        with open(config, "a", encoding="utf-8") as file:
            file.write('headers_from_credential = { "X-Key" = "key" }\n')
        self.path("key", f"{SECRET}\n")
        program = self.start("run", "--config", config, env={"CREDENTIALS_DIRECTORY": self.folder})
        program.wait_err("stream open")
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertNotIn(SECRET, err)
        self.assertTrue(all(f"X-Key: {SECRET}\r\n" in request for request in node.requests), node.requests)

    def test_nodes_prints_the_names_alone(self):
        config = self.path("headmon.toml", '[[node]]\nname = "a b"\nurl = "http://a"\n[[node]]\nurl = "http://b"\n')
        self.assertEqual(run("config", "nodes", config), (0, "a b\nb:80\n", ""))

    def test_wrong_usage(self):
        for arguments, text in ((["config"], "wants check, example or nodes"), (["config", "chck", "f"], "wants check"),
                                (["config", "check"], "no file"), (["config", "example", "f"], "takes no file"),
                                (["healthcheck", "--timeout", "0"], "--timeout wants"),
                                (["healthcheck", "--api", "nowhere"], "--api: ")):
            code, out, err = run(*arguments)
            self.assertEqual((code, out, err.count("\n")), (2, "", 1), err)
            self.assertIn(text, err)


class Healthcheck(Case):
    def test_a_headmon_that_runs_is_well_and_one_that_is_gone_is_not(self):
        node = self.serve(beacon_node())
        port = closed_port()
        config = self.config(node.url(), rest=f"[api]\naddress = '127.0.0.1:{port}'")
        code, out, err = run("healthcheck", "--config", config)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, rf"^headmon: http://127\.0\.0\.1:{port}/healthz: .*refused")
        program = self.start("run", "--config", config, "--api-address", f"127.0.0.1:{port}")
        program.wait_err("stream open")
        self.assertEqual(run("healthcheck", "--config", config), (0, "", ""))
        self.assertEqual(run("healthcheck", "--api", f"http://127.0.0.1:{port}"), (0, "", ""))
        program.stop()
        self.assertEqual(run("healthcheck", "--config", config)[0], 1)

    def test_all_addresses_are_asked_at_loopback(self):
        port = closed_port()
        for host, name in (("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")):
            config = self.config("http://a", rest=f"[api]\naddress = '{host}:{port}'\nallow_remote = true")
            self.assertIn(f"http://{name}:{port}/healthz: ", run("healthcheck", "--config", config)[2])

    def test_a_readiness_that_is_missing_and_an_answer_that_never_comes(self):
        def not_ready(connection, request):
            json_answer(connection, {}, "503 Service Unavailable" if " /readyz " in request else "200 OK")

        server = self.serve(not_ready)
        self.assertEqual(run("healthcheck", "--api", server.url())[0], 0)
        code, _, err = run("healthcheck", "--api", server.url(), "--ready")
        self.assertEqual((code, err), (1, f"headmon: http://127.0.0.1:{server.port}/readyz: status 503\n"))
        silent = self.serve(lambda connection, _: connection.recv(1))
        code, _, err = run("healthcheck", "--api", silent.url(), "--timeout", "0.2")
        self.assertEqual(code, 1)
        self.assertIn("no complete answer within 200 ms", err)

    def test_an_api_that_is_off_is_a_matter_of_the_config(self):
        config = self.config("http://a", rest="[api]\naddress = 'off'")
        code, _, err = run("healthcheck", "--config", config)
        self.assertEqual(code, 2)
        self.assertIn("the API of this config is off", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
