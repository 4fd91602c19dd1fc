#!/usr/bin/env python3
"""The commands as a user runs them: exit codes, error lines, output, signals, and that no secret is shown.

usage: commands_test.py HEADMON [unittest arguments]; only the standard library is needed.
"""
import contextlib
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HEADMON = ""
# Generous, for loaded machines: only a failing test waits so long.
LIMIT = 30
SECRET = "s3cr3t"


class Server:
    """A scripted HTTP server: `script(connection, request)` writes what it likes. The connection is
    closed when it returns."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(65536)
                if not part:
                    return
                request += part
            request = request.decode()
            self.requests.append(request)
            self.script(connection, request)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        # Only a shutdown wakes the thread in accept().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def url(self, path="", userinfo=""):
        return f"http://{userinfo}127.0.0.1:{self.port}{path}"


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b"event: head\ndata: {}\n\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def head_event(slot):
    root = "0x" + f"{slot:064x}"
    data = {"slot": str(slot), "block": root, "state": root, "epoch_transition": False,
            "previous_duty_dependent_root": root, "current_duty_dependent_root": root, "execution_optimistic": False}
    return f"event: head\ndata: {json.dumps(data)}\n\n".encode()


def beacon_node(gap=0.1, first_slot=1):
    """A node that reports a new head every `gap` seconds, whatever the path before the API's; REST is not there."""

    def script(connection, request):
        if "/eth/v1/events" not in request.split("\r\n")[0]:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        connection.sendall(STREAM)
        slot = first_slot
        while True:
            connection.sendall(head_event(slot))
            slot += 1
            time.sleep(gap)

    return script


def closed_port():
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Program:
    """A running headmon. Both outputs are read as they come."""

    def __init__(self, *arguments, env=None, stdout=subprocess.PIPE):
        self.process = subprocess.Popen(
            [HEADMON, *arguments], stdout=stdout, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})})
        self.out = bytearray()
        self.err = bytearray()
        self.threads = []
        for stream, into in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            if stream is not None:
                thread = threading.Thread(target=self._read, args=(stream, into), daemon=True)
                thread.start()
                self.threads.append(thread)

    @staticmethod
    def _read(stream, into):
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(stream.fileno(), 65536):
                into.extend(part)

    def wait_for(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end or (self.process.poll() is not None and not self._settled(condition)):
                raise AssertionError(f"no {what}\nstdout: {bytes(self.out[-3000:])}\nstderr: {bytes(self.err[-3000:])}")
            time.sleep(0.01)

    def _settled(self, condition):
        for thread in self.threads:
            thread.join(LIMIT)
        return condition()

    def wait_err(self, text, count=1):
        self.wait_for(lambda: self.err.decode().count(text) >= count, f"'{text}' on standard error")

    def wait_out(self, text):
        self.wait_for(lambda: text in self.out.decode("utf-8", "replace"), f"'{text}' on standard output")

    def end(self):
        """Waits for the end; (exit code, standard output, standard error)."""
        code = self.process.wait(LIMIT)
        for thread in self.threads:
            thread.join(LIMIT)
        return code, self.out.decode("utf-8", "replace"), self.err.decode("utf-8", "replace")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def run(*arguments, env=None):
    with Program(*arguments, env=env) as program:
        return program.end()


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="headmon-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def serve(self, script):
        server = Server(script)
        self.addCleanup(server.__exit__)
        return server

    def start(self, *arguments, **options):
        program = Program(*arguments, **options)
        self.addCleanup(program.__exit__)
        return program

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def config(self, *urls, rest="", name="headmon.toml"):
        nodes = "".join(f'[[node]]\nname = "node-{i}"\nurl = "{url}"\n' for i, url in enumerate(urls, 1))
        return self.path(name, rest + "\n" + nodes)


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
            self.refused("simulate", "--scenario", self.path("port.toml", scenario), text="in use")

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


class Events(Case):
    def run_events(self, script, *arguments):
        server = self.serve(script)
        code, out, err = run("events", "--url", server.url("/eth/v1/events"), *arguments)
        return code, [json.loads(line) for line in out.splitlines()], err

    def failed(self, script, reason, events=0, *arguments):
        code, lines, err = self.run_events(script, *arguments)
        self.assertEqual(code, 1, err)
        self.assertEqual(len(lines), events)
        self.assertRegex(err, f"^headmon: {reason}(:|$)")
        self.assertEqual(err.count("\n"), 1, err)

    def test_a_clean_end_exits_0_with_each_event_on_its_line(self):
        def script(connection, _):
            connection.sendall(CHUNKED + chunk(b"id: 7\nevent: head\ndata: a\ndata: b\n\n" + b"data: c\n\ndata: unfinished")
                               + b"0\r\n\r\n")

        code, lines, err = self.run_events(script)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(lines, [{"event": "head", "data": "a\nb", "id": "7"}, {"event": "message", "data": "c", "id": "7"}])

    def test_topics_are_added_to_the_whole_url(self):
        server = self.serve(lambda connection, _: connection.sendall(CHUNKED + chunk(EVENT) + b"0\r\n\r\n"))
        run("events", "--url", server.url("/key/eth/v1/events?a=b"), "--topics", "head,block", "--header", "X-One: 1 2")
        self.assertTrue(server.requests[0].startswith("GET /key/eth/v1/events?a=b&topics=head,block HTTP/1.1\r\n"))
        self.assertIn("\r\nX-One: 1 2\r\n", server.requests[0])
        self.assertEqual(len(server.requests), 1, "no retry")

    def test_max_events_ends_at_once_whatever_follows(self):
        def script(connection, _):
            connection.sendall(STREAM + EVENT * 3 + b"data: " + b"x" * 100)
            connection.recv(1)

        code, lines, err = self.run_events(script, "--max-events", "2")
        self.assertEqual((code, len(lines), err), (0, 2, ""))

    def test_each_failure_exits_1_with_its_reason_and_the_events_before_it(self):
        def answers(data):
            return lambda connection, _: connection.sendall(data)

        def resets(connection, _):
            connection.sendall(CHUNKED + chunk(EVENT))
            time.sleep(0.3)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        self.failed(answers(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), "http_status")
        self.failed(answers(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
                    "content_type")
        self.failed(answers(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n"),
                    "empty_body")
        self.failed(answers(CHUNKED + chunk(EVENT) + b"xyz\r\n" + EVENT), "malformed", 1)
        self.failed(answers(CHUNKED + chunk(EVENT * 2)), "reset", 2)
        self.failed(answers(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\n" + EVENT),
                    "reset", 1)
        self.failed(resets, "reset", 1)
        self.failed(answers(STREAM + EVENT + b"data: " + b"x" * 5000), "too_large", 1, "--max-event-bytes", "1000")
        self.failed(answers(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"), "too_large")

    def test_a_refused_connection_exits_1(self):
        code, out, err = run("events", "--url", f"http://127.0.0.1:{closed_port()}/")
        self.assertEqual((code, out), (1, ""))
        self.assertTrue(err.startswith("headmon: connect_failed"), err)

    def test_redirects_of_all_kinds_are_followed_three_times_and_no_more(self):
        for status in (301, 302, 303, 307, 308):
            for hops, code in ((3, 0), (4, 1)):
                def script(connection, request):
                    count = int(re.match(r"GET /(\d+)", request).group(1))
                    if count == 0:
                        connection.sendall(CHUNKED + chunk(EVENT) + b"0\r\n\r\n")
                        return
                    connection.sendall(b"HTTP/1.1 %d Moved\r\nLocation: /%d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                       % (status, count - 1))

                server = self.serve(script)
                got, out, err = run("events", "--url", server.url(f"/{hops}"))
                self.assertEqual(got, code, f"{status} {hops} {err}")
                self.assertEqual(out.count("\n"), 1 if code == 0 else 0)
                if code == 1:
                    self.assertTrue(err.startswith("headmon: redirect"), err)

    def test_malformed_utf_8_becomes_the_replacement_character(self):
        def script(connection, _):
            connection.sendall(CHUNKED + chunk(b"data: a\xffb\xe2\x82\n\ndata: \xe2\x82\xac\n\n") + b"0\r\n\r\n")

        code, lines, _ = self.run_events(script)
        self.assertEqual(code, 0)
        self.assertEqual([line["data"] for line in lines], ["a\ufffdb\ufffd", "\u20ac"])

    def test_an_event_of_many_megabytes_is_printed_whole(self):
        data = b"x" * (10 * 1024 * 1024)
        code, lines, err = self.run_events(
            lambda connection, _: connection.sendall(CHUNKED + chunk(b"data: " + data + b"\n\n") + b"0\r\n\r\n"))
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(len(lines[0]["data"]), len(data))

    def test_an_event_is_written_at_once_into_a_pipe(self):
        go_on = threading.Event()

        def script(connection, _):
            connection.sendall(CHUNKED + chunk(EVENT))
            go_on.wait(LIMIT)
            connection.sendall(b"0\r\n\r\n")

        server = self.serve(script)
        program = self.start("events", "--url", server.url("/"))
        # Nothing more is sent until the first event was seen here.
        program.wait_out("\n")
        go_on.set()
        self.assertEqual(program.end()[0], 0)

    def test_the_total_time_is_bounded(self):
        def script(connection, _):
            connection.sendall(STREAM)
            while True:
                connection.sendall(EVENT)
                time.sleep(0.05)

        code, lines, err = self.run_events(script, "--timeout", "0.5")
        self.assertEqual((code, err), (0, ""))
        self.assertGreater(len(lines), 0)
        code, lines, err = self.run_events(script, "--timeout", "0.5", "--max-events", "1000")
        self.assertEqual(code, 1)
        self.assertRegex(err, r"^headmon: timeout: \d+ of 1000 events came in time\n$")
        code, _, err = self.run_events(lambda connection, _: connection.recv(1), "--timeout", "0.3", "--max-events", "1")
        self.assertEqual(code, 1)

    def test_a_signal_is_a_clean_stop(self):
        def script(connection, _):
            connection.sendall(STREAM + EVENT)
            connection.recv(1)

        server = self.serve(script)
        for number in (signal.SIGINT, signal.SIGTERM):
            program = self.start("events", "--url", server.url("/"))
            program.wait_out("\n")
            self.assertEqual(program.stop(number)[0], 0)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        def script(connection, _):
            connection.sendall(STREAM)
            while True:
                connection.sendall(EVENT)
                time.sleep(0.01)

        server = self.serve(script)
        reader, writer = os.pipe()
        program = self.start("events", "--url", server.url("/"), stdout=writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        code, _, err = program.end()
        self.assertEqual((code, err), (0, ""))

    def test_a_full_disk_is_a_failure(self):
        server = self.serve(lambda connection, _: connection.sendall(CHUNKED + chunk(EVENT) + b"0\r\n\r\n"))
        with open("/dev/full", "wb") as full:
            program = self.start("events", "--url", server.url("/"), stdout=full)
            code, _, err = program.end()
        self.assertEqual((code, err), (1, "headmon: standard output cannot be written\n"))


class Run(Case):
    def test_a_signal_is_a_clean_stop_with_a_last_line(self):
        server = self.serve(beacon_node())
        for number in (signal.SIGINT, signal.SIGTERM):
            program = self.start("run", "--beacon-node", f"a={server.url()}", "--log-level", "debug")
            program.wait_err("best head slot=3")
            code, out, err = program.stop(number)
            self.assertEqual((code, out), (0, ""))
            self.assertRegex(err.splitlines()[-1], r"Z info stopped ran_ms=\d+ loop_handlers=\d+ ")

    def test_json_lines_are_json(self):
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-nodes", server.url(), "--log-format", "json", "--log-level", "debug")
        program.wait_err('"best head"')
        _, _, err = program.stop()
        lines = [json.loads(line) for line in err.splitlines()]
        self.assertRegex(lines[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIn({"level": "info", "message": "following node", "node": f"127.0.0.1:{server.port}",
                       "origin": server.url()},
                      [{key: value for key, value in line.items() if key != "time"} for line in lines])

    def test_a_node_that_goes_bad_is_told_and_told_again_when_it_is_good(self):
        bad = threading.Event()

        def script(connection, request):
            if "/eth/v1/events" not in request:
                connection.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            elif not bad.is_set():
                bad.set()
                connection.sendall(STREAM + head_event(5))
            else:
                connection.sendall(STREAM + head_event(8))
                connection.recv(1)

        server = self.serve(script)
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--genesis-time", "1700000000",
                             "--slot-duration-ms", "300")
        program.wait_err("node is good again node=a failures=1 down_ms=")
        _, _, err = program.stop()
        self.assertIn("warning node is bad node=a reason=eof", err)
        self.assertIn("slots_missed=2", err)

    def test_a_changed_file_replaces_the_nodes(self):
        one, two = self.serve(beacon_node()), self.serve(beacon_node())
        path = self.config(one.url())
        program = self.start("run", "--config", path)
        program.wait_err("stream open node=node-1")

        # As an editor saves it: another file of the same name.
        os.rename(self.config(one.url(), two.url(), name="new.toml"), path)
        program.wait_err("config read again: new nodes why=\"file changed\" nodes=2")
        program.wait_err("stream open node=node-2")

        # In place.
        self.config(two.url())
        program.wait_err("config read again: new nodes why=\"file changed\" nodes=1")

        # Through a symbolic link that is replaced, as deployments do.
        os.symlink(self.config(one.url(), two.url(), name="third.toml"), self.path("link"))
        os.rename(self.path("link"), path)
        program.wait_err("config read again: new nodes why=\"file changed\" nodes=2", 2)
        self.assertEqual(program.stop()[0], 0)

    def test_sighup_reads_the_file_again_and_a_broken_one_changes_nothing(self):
        server = self.serve(beacon_node())
        path = self.config(server.url())
        program = self.start("run", "--config", path)
        program.wait_err("stream open node=node-1")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("config read again: same nodes why=SIGHUP nodes=1")

        self.path("headmon.toml", "[[node]]\nulr = 1\n")
        program.wait_err("the config is broken; the old nodes stay why=\"file changed\" problem=")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("the config is broken; the old nodes stay why=SIGHUP problem=")
        program.wait_err("headmon.toml:2: unknown key")

        self.config(server.url(), rest='[log]\nlevel = "debug"\n[monitor]\ntick_twelfths = 3\n')
        program.wait_err('these settings take effect after a restart why="file changed" '
                         'settings="log.level, monitor.tick_twelfths"')
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertEqual(err.count("run started"), 1, "an equal list starts no new run")

    def test_sighup_without_a_config_file_changes_nothing(self):
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-node", f"a={server.url()}")
        program.wait_err("stream open")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("warning there is no config file to read again; the nodes stay why=SIGHUP")
        self.assertEqual(program.stop()[0], 0)


class Watch(Case):
    def test_piped_it_prints_a_json_line_for_each_update(self):
        server = self.serve(beacon_node())
        code, out, err = run("watch", "--beacon-node", f"a={server.url()}", "--until-slot", "3", "--duration", "30")
        self.assertEqual((code, err), (0, ""))
        updates = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(updates[0]["update"], "run_started")
        self.assertEqual(updates[-1]["update"], "best_head")
        self.assertIn("node_head", [update["update"] for update in updates])

    def test_duration_is_a_clean_end_unless_a_slot_was_awaited(self):
        server = self.serve(beacon_node())
        node = ["--beacon-node", f"a={server.url()}"]
        self.assertEqual(run("watch", *node, "--duration", "0.3")[0], 0)
        code, _, err = run("watch", *node, "--duration", "0.3", "--until-slot", "1000000")
        self.assertEqual((code, err), (1, "headmon: no head of slot 1000000 or later came in time\n"))

    def test_a_monitor_that_gives_up_can_end_it(self):
        code, _, err = run("watch", "--beacon-node", f"a=http://127.0.0.1:{closed_port()}", "--exit-on-give-up",
                           "--genesis-time", "1700000000", "--slot-duration-ms", "100")
        self.assertEqual((code, err), (1, "headmon: gave up: five retry cycles in a row have failed\n"))

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        server = self.serve(beacon_node(0.01))
        reader, writer = os.pipe()
        program = self.start("watch", "--beacon-node", f"a={server.url()}", stdout=writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        code, _, err = program.end()
        self.assertEqual((code, err), (0, ""))

    def test_a_reader_that_stands_still_is_told_how_much_it_lost(self):
        server = self.serve(beacon_node(0.0002))
        reader, writer = os.pipe()
        program = self.start("watch", "--beacon-node", f"a={server.url()}", stdout=writer)
        os.close(writer)
        # Nobody reads: the pipe and then the queue fill up, the monitor goes on.
        text = b""
        end = time.monotonic() + LIMIT
        pause = time.monotonic() + 4
        while b'"lagged"' not in text and time.monotonic() < end:
            if time.monotonic() > pause and select.select([reader], [], [], 0.1)[0]:
                text += os.read(reader, 65536)
            else:
                time.sleep(0.01)
        self.assertRegex(text.decode(), r'\{"update":"lagged",.*"count":\d+\}')
        self.assertEqual(program.stop(signal.SIGINT)[0], 0)
        os.close(reader)

    def test_on_a_terminal_it_draws_a_table_and_gives_the_cursor_back(self):
        server = self.serve(beacon_node())
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        program = self.start("watch", "--beacon-node", f"alpha={server.url()}", stdout=theirs)
        os.close(theirs)
        text = b""
        end = time.monotonic() + LIMIT
        while not re.search(rb"alpha .*open .*first", text) and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                text += os.read(ours, 65536)
        program.process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                text += part
        self.assertEqual(program.end()[0], 0)
        shown = text.decode()
        self.assertTrue(shown.startswith("\x1b[?25l"))
        self.assertIn("NODE   CLIENT", shown)
        self.assertRegex(shown, r"alpha .*open .*first")
        self.assertTrue(shown.endswith("\x1b[?25h"), repr(shown[-200:]))


class Simulate(Case):
    def test_its_nodes_can_be_watched_with_the_command_that_it_prints(self):
        program = self.start("simulate", "--nodes", "3", "--slot-ms", "500")
        program.wait_out("headmon watch")
        program.wait_for(lambda: program.out.endswith(b"\n"), "whole output")
        lines = program.out.decode().splitlines()
        self.assertEqual(len(lines), 5)
        for line in lines[:3]:
            self.assertRegex(line, r"^\S+ http://127\.0\.0\.1:\d+$")
        arguments = lines[-1].split()[1:]
        code, out, err = run(*arguments, "--until-slot", "3", "--duration", "30")
        self.assertEqual((code, err), (0, ""), out)
        self.assertEqual(program.stop()[0], 0)

    def test_the_demo_ends_with_a_summary(self):
        code, out, err = run("demo", "--duration", "5", "--slot-ms", "400")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("MEDIAN LAG", out)
        summary = out[out.index("MEDIAN LAG"):].splitlines()[1:]
        self.assertEqual(len(summary), 4)
        self.assertTrue(any(int(line.split()[1]) > 0 for line in summary), out)

    def test_a_signal_ends_the_demo_with_its_summary(self):
        program = self.start("demo", "--slot-ms", "400")
        program.wait_out("Following 4")
        code, out, err = program.stop(signal.SIGINT)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("MEDIAN LAG", out)


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
                   for script in (beacon_node(), refuses, redirects, redirects_in_circles, breaks)]
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
                              ["run", "--config", self.path("key.toml", f'[[node]]\n"{url}" = 1\n')],
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
    HEADMON = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
