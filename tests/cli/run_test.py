#!/usr/bin/env python3
"""headmon run: signals, the log, and the config file read again.

usage: HEADMON=PROGRAM run_test.py [unittest arguments]; only the standard library is needed.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import threading
import time
import unittest
import urllib.request

from commands_support import LIMIT, STREAM, Case, answers_rest, beacon_node, closed_port, full_pipe, head_event


class Run(Case):
    def test_a_signal_is_a_clean_stop_with_a_last_line(self):
        server = self.serve(beacon_node())
        for number in (signal.SIGINT, signal.SIGTERM):
            program = self.start("run", "--beacon-node", f"a={server.url()}", "--log-level", "debug")
            program.wait_err("best head slot=")
            code, out, err = program.stop(number)
            self.assertEqual((code, out), (0, ""))
            self.assertRegex(err.splitlines()[-1], f'Z info stopped why="stopped by {number.name}" exit_code=0 '
                                                   r"ran_ms=\d+ ticks=\d+ loop_handlers=\d+ ")

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
        known, bad = threading.Event(), threading.Event()

        def script(connection, request):
            if answers_rest(connection, request, 300):
                return
            connection.sendall(STREAM + head_event(8 if bad.is_set() else 5))
            if bad.is_set():
                connection.recv(1)
            else:
                bad.set()
                known.wait(LIMIT)

        server = self.serve(script)
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--genesis-time", "1700000000",
                             "--slot-duration-ms", "300", "--log-level", "debug")
        # Heads count once the node is known to be on our chain.
        program.wait_err("best head slot=5")
        known.set()
        program.wait_err("stream recovered node=a failures=1 down_ms=")
        _, _, err = program.stop()
        self.assertRegex(err, 'warning stream lost node=a reason="?eof')
        self.assertIn("slots_not_reported=2", err)

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
        path = self.config(server.url(), server.url())
        program = self.start("run", "--config", path)
        program.wait_err("stream open node=node-2")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("config read again: same nodes why=SIGHUP nodes=2")

        self.path("headmon.toml", "[[node]]\nulr = 1\n")
        program.wait_err("the config is broken; the old nodes stay why=\"file changed\" problem=")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("the config is broken; the old nodes stay why=SIGHUP problem=")
        program.wait_err("headmon.toml:2: unknown key")

        self.config(server.url(), server.url(), rest='[log]\nlevel = "debug"\n[monitor]\ntick_twelfths = 3\n')
        program.wait_err('these settings take effect after a restart why="file changed" '
                         'settings="log.level, monitor.tick_twelfths"')
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertEqual(err.count("run started"), 1, "an equal list starts no new run")

    def test_no_kind_of_file_ends_or_stops_the_daemon(self):
        server = self.serve(beacon_node())
        path = self.config(server.url())
        program = self.start("run", "--config", path)
        program.wait_err("stream open")
        for file, problem in ((self.folder, "is a directory"), ("/dev/zero", "is no regular file")):
            self.path("headmon.toml", f'[[node]]\nurl = "https://a"\nca_file = "{file}"\n')
            program.wait_err(f"headmon.toml:3: CA file {file} {problem}")
        os.remove(path)
        os.mkfifo(path)
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("headmon.toml: is no regular file; give one")
        os.remove(path)
        self.config(server.url(), server.url())
        program.wait_err("config read again: new nodes")
        self.assertEqual(program.stop()[0], 0)

    def test_a_config_behind_a_directory_that_is_swapped_is_read_again(self):
        one, two = self.serve(beacon_node()), self.serve(beacon_node())
        for release, url in (("1", one.url()), ("2", two.url())):
            os.mkdir(self.path(release))
            self.config(url, name=f"{release}/headmon.toml")
        os.symlink("1", self.path("current"))
        program = self.start("run", "--config", self.path("current/headmon.toml"))
        program.wait_err("stream open node=node-1")
        os.symlink("2", self.path("next"))
        os.rename(self.path("next"), self.path("current"))
        program.wait_err("config read again: new nodes why=\"file changed\"")
        program.wait_for(lambda: two.requests, "stream to the new node")
        self.assertEqual(program.stop()[0], 0)

    def test_a_log_that_nobody_reads_stops_neither_the_monitor_nor_metrics(self):
        server = self.serve(beacon_node(0.002))
        reader, writer = full_pipe()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--log-level", "debug", "--metrics-address",
                             f"127.0.0.1:{port}", stderr=writer)
        os.close(writer)

        def value(name):
            with contextlib.suppress(OSError):
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT).read().decode()
                return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"vc_head_monitor_{name}"))
            return 0

        program.wait_for(lambda: value("log_lines_dropped_total") > 10, "dropped lines")
        heads = value("heads_total")
        program.wait_for(lambda: value("heads_total") > heads + 10, "more heads")
        # The reader is back, and reads how much it has missed.
        text = bytearray()

        def read():
            with contextlib.suppress(OSError), os.fdopen(reader, "rb", buffering=0) as log:
                while part := log.read(65536):
                    text.extend(part)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        program.wait_for(lambda: b"log lines dropped: nobody read them lines=" in text, "line in place of the dropped ones")
        self.assertEqual(program.stop()[0], 0)
        thread.join(LIMIT)
        self.assertIn(b'info stopped why="stopped by SIGTERM"', text)

    def test_idle_means_idle(self):
        def script(connection, request):
            if "/eth/v1/events" in request:
                connection.sendall(STREAM)
                connection.recv(1)
            else:
                connection.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        urls = [self.serve(script).url() for _ in range(8)]
        program = self.start("run", "--config", self.config(*urls), "--genesis-time", "1700000000", "--slot-duration-ms",
                             "900000")
        program.wait_err("stream open", 8)
        # Not a wait for something: the time in which nothing may happen.
        time.sleep(2)
        _, _, err = program.stop()
        handlers = int(re.search(r"loop_handlers=(\d+)", err).group(1))
        # Opening a stream and the questions beside it take some; a loop that is not idle takes thousands.
        self.assertLess(handlers, 8 * 100, err)

    def test_slot_time_is_kept_for_the_next_start(self):
        server = self.serve(beacon_node(slot_ms=2000))
        state = self.path("state")
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--state-dir", state)
        program.wait_err('slot time known source=node node=a slot_ms=2000 genesis=1700000000')
        file = os.path.join(state, "slot_time.toml")
        program.wait_for(lambda: os.path.exists(file), "state file")
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        self.assertEqual(program.stop()[0], 0)

        # No node answers now; systemd names the directory.
        node = f"a=http://127.0.0.1:{closed_port()}"
        program = self.start("run", "--beacon-node", node, env={"STATE_DIRECTORY": f"{state}:/nowhere"})
        program.wait_err('slot time known source=state_file slot_ms=2000 genesis=1700000000')
        self.assertEqual(program.stop()[0], 0)

        # What the operator says counts, and is not kept.
        program = self.start("run", "--beacon-node", node, "--state-dir", state, "--network", "mainnet")
        program.wait_err('slot time known source=preset')
        self.assertEqual(program.stop()[0], 0)
        self.assertIn("genesis_time = 1700000000\n", pathlib.Path(file).read_text(encoding="utf-8"))

    def test_a_damaged_state_file_and_a_state_that_cannot_be_kept_are_told_once(self):
        server = self.serve(beacon_node(slot_ms=2000))
        file = self.path("slot_time.toml", "genesis_time = soon\n")
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--state-dir", self.folder)
        program.wait_err('slot time known source=node node=a')
        program.wait_for(lambda: "1700000000" in pathlib.Path(file).read_text(encoding="utf-8"), "new state file")
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertEqual(err.count("warning slot time cannot be read from the last start problem="), 1, err)
        self.assertIn(f"{file}:1: this is not valid TOML", err)
        self.assertIn("; it is not used, and written anew when a node answers", err)

        program = self.start("run", "--beacon-node", f"a={server.url()}", "--state-dir", file)
        program.wait_err("warning slot time cannot be kept for the next start problem=")
        program.wait_err("stream open")
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertIn("cannot be written (Not a directory)", err)

    def test_sighup_without_a_config_file_changes_nothing(self):
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-node", f"a={server.url()}")
        program.wait_err("stream open")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("warning there is no config file to read again; the nodes stay why=SIGHUP")
        self.assertEqual(program.stop()[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
