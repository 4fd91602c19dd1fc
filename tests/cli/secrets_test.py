#!/usr/bin/env python3
"""No command shows a secret of a URL or a header.

usage: HEADMON=PROGRAM secrets_test.py [unittest arguments]; only the standard library is needed.
"""
import base64
import contextlib
import json
import os
import pty
import re
import socket
import unittest
import urllib.parse
import urllib.request

from commands_support import CHUNKED, SECRET, STREAM, Case, beacon_node, closed_port, json_answer, run


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


# What a node is sent, each a secret in a place of its own.
PATH, USER, PASSWORD, QUERY, HEADER = ("Path-K3y/of", "us3r-Name", "p@ss+w0rd:\u00e4", "Query&Valu3", "h3ader-T0ken==")
URL_PARTS = [urllib.parse.quote(part, safe="") for part in (PATH, USER, PASSWORD, QUERY)]


class Echoes(Case):
    """Nodes that repeat everything that they were sent, in every text that they have: no output shows a secret."""

    def words(self):
        credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode().rstrip("=")
        words = [PATH, USER, PASSWORD, QUERY, HEADER, HEADER.rstrip("="), credentials]
        encoded = [urllib.parse.quote(word, safe="") for word in words]
        return {word.lower() for word in words + encoded + [urllib.parse.quote(word) for word in words]}

    @staticmethod
    def echo(request):
        line = request.split("\r\n")[0]
        authorization = re.search(r"Authorization: Basic (\S+)", request).group(1)
        return " | ".join([line, urllib.parse.unquote_plus(line), base64.b64decode(authorization).decode(),
                           request.replace("\r\n", ", "), line.upper(), urllib.parse.quote(line, safe="")])

    def nodes(self):
        """URLs of nodes that each have another way to say what they were sent."""
        def rest(connection, request):
            said = self.echo(request)
            if "/eth/v1/beacon/genesis" in request:
                data = {"genesis_time": "1700000000", "genesis_validators_root": "0x" + "11" * 32, "x": said}
            elif "/eth/v1/config/spec" in request:
                data = {"SLOT_DURATION_MS": "300", "CONFIG_NAME": said}
            elif "/eth/v1/node/version" in request:
                data = {"version": said}
            elif "/eth/v1/node/syncing" in request:
                data = {"head_slot": "1", "sync_distance": "0", "is_syncing": False, "x": said}
            else:
                return answers_with("500 " + " ".join(said.split()))(connection, request)
            return json_answer(connection, {"data": data})

        def answers_with(status, headers=b"", body=None):
            def script(connection, request):
                said = self.echo(request)
                text = json.dumps({"code": 500, "message": said} if body is None else body(said)).encode()
                connection.sendall(b"HTTP/1.1 " + status.encode() + b"\r\nContent-Type: application/json\r\n" +
                                   headers.replace(b"SAID", said.encode()) +
                                   b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(text) + text)
            return script

        def sends(event, head=STREAM):
            def script(connection, request):
                connection.sendall(head.replace(b"SAID", self.echo(request).encode()) +
                                   event.replace(b"SAID", self.echo(request).encode()))
                connection.recv(1)
            return script

        streams = [
            answers_with("500 No"), answers_with("400 No"), answers_with("404 No"),
            answers_with("503 No", body=lambda said: {"error": {"message": said}}),
            answers_with("403 No", body=lambda said: said), answers_with("302 Found", b"Location: ftp://SAID\r\n"),
            answers_with("302 Found", b"Location: http://SAID\r\n"), answers_with("200 OK", b"Content-Encoding: SAID\r\n"),
            sends(b"event: error\ndata: SAID\n\n"), sends(b'event: error\ndata: {"message": "SAID"}\n\n'),
            sends(b"event: SAID\ndata: {}\n\n"), sends(b"event: head\ndata: SAID\n\n"), sends(b": SAID\n\nSAID: x\n\n"),
            sends(b"", b"HTTP/1.1 200 OK\r\nContent-Type: SAID\r\n\r\n"), sends(b"", b"HTTP/1.1 SAID\r\n\r\n"),
            sends(b"", b"SAID\r\n\r\n"), sends(b"", b"HTTP/1.1 200 OK\r\nSAID\r\n\r\n"),
        ]

        def node(stream):
            return lambda connection, request: (stream if "/eth/v1/events" in request else rest)(connection, request)

        path, user, password, query = URL_PARTS
        # One that answers no REST request either.
        return [self.serve(script).url(f"/{path}?key={query}", f"{user}:{password}@")
                for script in [node(stream) for stream in streams] + [answers_with("500 No")]]

    def config_of(self, urls):
        return self.path("headmon.toml", "".join(
            f'[[node]]\nname = "n{i}"\nurl = "{url}"\nheaders = {{ "X-Key" = "{HEADER}" }}\n'
            for i, url in enumerate(urls)))

    def assert_clean(self, *texts):
        for text in texts:
            for word in self.words():
                at = text.lower().find(word)
                self.assertEqual(at, -1, f"{word}: {text[max(0, at - 300):at + 100]}")

    def test_run_shows_none_in_log_and_metrics(self):
        path = self.config_of(self.nodes())
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = "127.0.0.1:%d" % free.getsockname()[1]
        for log_format in ("text", "json"):
            program = self.start("run", "--config", path, "--log-level", "debug", "--log-format", log_format,
                                 "--metrics-address", address)
            for reason in ("http_status", "content_coding", "error_event", "content_type", "redirect"):
                program.wait_err(reason)
            program.wait_err("[hidden]", 20)
            self.assert_clean(urllib.request.urlopen(f"http://{address}/metrics").read().decode())
            api = re.search(r"API served.*?(http://127\.0\.0\.1:\d+)", program.err.decode()).group(1)
            for path_of_api in ("/v1/nodes", "/v1/services", "/v1/slots", "/v1/head"):
                self.assert_clean(urllib.request.urlopen(api + path_of_api).read().decode())
            # All updates so far: the id is of no start.
            request = urllib.request.Request(api + "/v1/events", headers={"Last-Event-ID": "0"})
            lines = []
            with contextlib.suppress(TimeoutError), urllib.request.urlopen(request, timeout=2) as stream:
                while len(lines) < 2000:
                    lines.append(stream.readline().decode())
            self.assertIn("event: stream_ended\n", lines)
            self.assert_clean(*lines)
            code, out, err = program.stop()
            self.assertEqual(code, 0)
            self.assert_clean(out, err)

    def test_watch_shows_none(self):
        path = self.config_of(self.nodes())
        code, out, err = run("watch", "--config", path, "--duration", "3", "--log-level", "debug")
        self.assertEqual(code, 0, err)
        self.assertIn("[hidden]", out)
        self.assert_clean(out, err)
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        program = self.start("watch", "--config", path, "--duration", "3", stdout=theirs)
        os.close(theirs)
        text = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                text += part
        self.assertEqual(program.end()[0], 0)
        self.assert_clean(text.decode(), program.err.decode())

    def test_check_and_doctor_show_none(self):
        urls = self.nodes()
        path = self.config_of(urls)
        for output in ("table", "json"):
            _, out, err = run("check", "--config", path, "--format", output, "--timeout", "5")
            self.assertIn("[hidden]", out)
            self.assert_clean(out, err)
        for url in urls:
            _, out, err = run("doctor", url, "--header", f"X-Key: {HEADER}", "--timeout", "3")
            self.assert_clean(out, err)

    def test_events_shows_none_on_standard_error(self):
        for url in self.nodes():
            _, _, err = run("events", "--url", url, "--topics", "head", "--timeout", "1", "--header", f"X-Key: {HEADER}")
            self.assert_clean(err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
