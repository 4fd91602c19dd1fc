#!/usr/bin/env python3
"""No command shows a secret of a URL or a header.

usage: HEADMON=PROGRAM secrets_test.py [unittest arguments]; only the standard library is needed.
"""
import contextlib
import os
import pty
import unittest

from commands_support import CHUNKED, SECRET, Case, beacon_node, closed_port, run


class Secrets(Case):
    """Every command with secrets in userinfo, path, query and headers, on nodes that work and that fail."""

    def nodes(self):
        def refuses(connection, request):
            # What a node says may repeat what it was asked.
            body = request.encode()
            connection.sendall(b"HTTP/1.1 401 " + request.split("\r\n")[0].encode() +
                               b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

        def redirects(connection, _):
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: ftp://u:%s@h/%s\r\nContent-Length: 0\r\n\r\n"
                               % (SECRET.encode(), SECRET.encode()))

        def redirects_in_circles(connection, request):
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                               % request.split(" ")[1].encode())

        def breaks(connection, _):
            connection.sendall(CHUNKED + b"zz\r\n")

        secret = f"/{SECRET}-path?key={SECRET}-query"
        userinfo = f"user:{SECRET}-pw@"
        servers = [self.serve(script)
                   for script in (beacon_node(slot_ms=300), refuses, redirects, redirects_in_circles, breaks)]
        urls = [server.url(secret, userinfo) for server in servers]
        urls.append(f"http://{userinfo}127.0.0.1:{closed_port()}{secret}")
        urls.append(f"https://{userinfo}127.0.0.1:{servers[0].port}{secret}")
        urls.append(f"http://{userinfo}nowhere.invalid{secret}")
        return urls

    def assert_clean(self, *texts):
        for text in texts:
            self.assertNotIn(SECRET, text)

    def test_run_and_watch_show_none(self):
        urls = self.nodes()
        # Two nodes at one host and port: names with a hash.
        nodes = "".join(f'[[node]]\nurl = "{url}"\nheaders = {{ "X-Key" = "{SECRET}-header" }}\n'
                        f'headers_from_env = {{ "Authorization" = "HEADMON_TEST_KEY" }}\n'
                        for url in urls + [urls[0] + "2", urls[0] + "3"])
        path = self.path("headmon.toml", "genesis_time = 1700000000\nslot_duration_ms = 300\n" + nodes)
        env = {"HEADMON_TEST_KEY": f"Bearer {SECRET}-env"}
        for log_format in ("text", "json"):
            program = self.start("run", "--config", path, "--log-level", "debug", "--log-format", log_format, env=env)
            program.wait_err("best head")
            for reason in ("connect_failed", "dns_failed", "tls_failed", "http_status", "redirect", "malformed"):
                program.wait_err(reason)
            self.path("headmon.toml", "genesis_time = 1700000000\nslot_duration_ms = 300\n" + nodes + "x = http://" + SECRET)
            program.wait_err("config is broken")
            self.path("headmon.toml", "genesis_time = 1700000000\nslot_duration_ms = 300\n" + nodes)
            self.assert_clean(*program.stop()[1:])
        for ending in (["--duration", "1.5"], ["--duration", "1.5", "--log-level", "debug"]):
            code, out, err = run("watch", "--config", path, *ending, env=env)
            self.assertEqual(code, 0, err)
            self.assertIn("#", out)
            self.assert_clean(out, err)
            arguments = [part for url in urls for part in ("--beacon-node", url)]
            code, out, err = run("watch", *arguments, *ending)
            self.assertEqual(code, 0, err)
            self.assert_clean(out, err)

    def test_the_table_shows_none(self):
        urls = self.nodes()
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        program = self.start("watch", "--beacon-nodes", ",".join(urls), "--duration", "2", stdout=theirs)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                text += part
        code, _, err = program.end()
        self.assertEqual(code, 0)
        self.assertIn(b"redirect", text)
        self.assert_clean(text.decode(), err)

    def test_events_shows_none(self):
        for url in self.nodes():
            _, out, err = run("events", "--url", url, "--topics", "head", "--timeout", "2",
                              "--header", f"X-Key: {SECRET}-header")
            self.assert_clean(out, err)

    def test_errors_show_none(self):
        bad_urls = [f"ftp://u:{SECRET}@h/{SECRET}", f"http://u:{SECRET}@/{SECRET}", f"http://u:{SECRET}@h:99999/{SECRET}",
                    f"http://u:{SECRET}@h /{SECRET}", SECRET, f"http://[{SECRET}/"]
        for url in bad_urls:
            for arguments in (["run", "--beacon-node", f"a={url}"], ["watch", "--beacon-node", url], ["run", url],
                              ["watch", "--beacon-nodes", f"http://a,{url}"], ["events", "--url", url],
                              ["events", "--url", "http://h", url], [url], ["simulate", url], ["demo", "--duration", url],
                              ["run", "--config", self.path("bad.toml", f'[[node]]\nurl = "{url}"\n')],
                              ["run", "--config", self.path("worse.toml", f"[[node]]\nurl = {url}\n")],
                              ["run", "--config", self.path("key.toml", f'[[node]]\n"{url}/" = 1\n')],
                              ["run", "--config", self.path("variable.toml", '[[node]]\nurl = "http://h"\n'
                                                            f'headers_from_env = {{ A = "{url}" }}\n')],
                              ["simulate", "--scenario", self.path("scenario.toml", f"seed = {url}\n")]):
                code, out, err = run(*arguments)
                self.assertEqual(code, 2, f"{arguments} {err}")
                self.assertEqual(err.count("\n"), 1, err)
                self.assert_clean(out, err)
        good = "http://h"
        for arguments in (["run", "--beacon-node", good, f"--tokn={SECRET}"], ["events", "--url", good, "--header", SECRET],
                          ["run", "--beacon-node", good, "--network", SECRET],
                          ["watch", "--beacon-node", good, f"--exit-on-give-up={SECRET}"],
                          ["events", "--url", good, "--max-events", SECRET]):
            code, out, err = run(*arguments)
            self.assertEqual(code, 2, f"{arguments} {err}")
            self.assert_clean(out, err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
