#!/usr/bin/env python3
"""headmon events against scripted servers.

usage: HEADMON=PROGRAM events_test.py [unittest arguments]; only the standard library is needed.
"""
import json
import os
import re
import signal
import socket
import struct
import threading
import time
import unittest

from commands_support import CHUNKED, EVENT, LIMIT, STREAM, Case, chunk, closed_port, run


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

    def test_a_reader_that_stands_still_delays_neither_the_timeout_nor_a_signal(self):
        flooded = threading.Semaphore(0)

        def script(connection, _):
            # As lines of JSON more than what brakes the stream, and less than what gives the reader up.
            connection.sendall(STREAM + (b"data:" + b"1" * 300 + b"\n\n") * 70_000)
            flooded.release()
            connection.recv(1)

        server = self.serve(script)
        cases = ((["--timeout", "4"], None), ([], signal.SIGINT), ([], signal.SIGTERM))
        programs = []
        for arguments, _ in cases:
            reader, writer = os.pipe()
            self.addCleanup(os.close, reader)
            programs.append(self.start("events", "--url", server.url("/"), *arguments, stdout=writer))
            os.close(writer)
        # Not a wait for something: the time in which the lines come to stand before the reader.
        flooded.acquire(timeout=4)
        time.sleep(2)
        began = time.monotonic()
        for program, (_, number) in zip(programs, cases):
            if number is not None:
                program.process.send_signal(number)
        for program in programs:
            code, _, err = program.end()
            # What was received and not taken is lost, and no success.
            self.assertEqual(code, 1)
            self.assertRegex(err, r"^headmon: lost: \d+ bytes that were received, as the reader of standard output did not "
                                  r"take them in time\n$")
        self.assertLess(time.monotonic() - began, 10)

    def test_a_reader_that_pauses_after_the_end_of_the_stream_gets_everything(self):
        # More than a pipe holds.
        events = 20_000
        server = self.serve(lambda connection, _: connection.sendall(STREAM + b"data: 1\n\n" * events))
        for arguments in ([], ["--timeout", str(LIMIT)]):
            reader, writer = os.pipe()
            program = self.start("events", "--url", server.url("/"), *arguments, stdout=writer)
            os.close(writer)
            # Longer than the second that the end itself may take.
            time.sleep(2)
            with os.fdopen(reader, "rb") as lines:
                self.assertEqual(sum(line.endswith(b"}\n") for line in lines), events)
            code, _, err = program.end()
            self.assertEqual((code, err), (0, ""))

    def test_a_stream_that_never_opens_is_a_failure_and_a_quiet_one_is_not(self):
        self.failed(lambda connection, _: connection.recv(1), "timeout: the stream did not open in time", 0,
                    "--timeout", "0.3")

        def quiet(connection, _):
            connection.sendall(STREAM)
            connection.recv(1)

        code, lines, err = self.run_events(quiet, "--timeout", "1")
        self.assertEqual((code, lines, err), (0, [], ""))

    def test_what_a_node_says_is_escaped_once(self):
        code, _, err = self.run_events(lambda connection, _: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: a\xe9\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual(code, 1)
        self.assertIn("\\xe9", err)
        self.assertNotIn("\\x5c", err)

    def test_a_full_disk_is_a_failure(self):
        server = self.serve(lambda connection, _: connection.sendall(CHUNKED + chunk(EVENT) + b"0\r\n\r\n"))
        with open("/dev/full", "wb") as full:
            program = self.start("events", "--url", server.url("/"), stdout=full)
            code, _, err = program.end()
        self.assertEqual((code, err), (1, "headmon: standard output cannot be written\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
