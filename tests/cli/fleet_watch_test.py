"""`headmon fleet watch` over a real nats-server, and what it says of brokers that refuse."""
import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time
import unittest

from commands_support import HEADMON, LIMIT, run
from fleet_reading_support import FleetCase, now
from fleet_support import Headmon, slot_of, wait_for


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


class Watch(FleetCase):
    def test_json_lines_are_every_message_once_and_in_order_with_whose_it_is(self):
        broker = self.broker()
        client = self.client(broker)
        fra = Headmon("fra-1", labels={"site": "fra"})
        fra.begin(now())
        for slot in range(100, 130):
            fra.slot(slot)
        messages = fra.take()
        with_id = [m for m in messages if m[1]]
        # Out of order and twice, as after a broker that was away; JetStream would drop the second within two minutes.
        client.request("$JS.API.STREAM.UPDATE.headmon",
                       {"name": "headmon", "subjects": ["headmon.>"], "duplicate_window": 100_000_000, "storage": "file",
                        "max_age": 7 * 86400 * 10**9})
        client.publish(messages[:1] + with_id[:20])
        client.publish(with_id[30:60] + with_id[20:30])
        time.sleep(0.3)
        client.publish(with_id[15:70])
        config = self.fleet_config(broker)
        watch = self.start("fleet", "watch", "--config", config, "--since", "1h", "--format", "json")
        watch.wait_for(lambda: watch.out.count(b"\n") >= 71, "lines")
        client.publish(with_id[70:])
        watch.wait_for(lambda: watch.out.count(b"\n") >= 1 + len(with_id), "more lines")
        code, out, err = watch.stop()
        self.assertEqual((code, err), (0, ""))
        lines = lines_of(out)
        self.assertEqual([line["sequence"] for line in lines if line["sequence"]], list(range(1, len(with_id) + 1)))
        for line, (_, _, body) in zip([line for line in lines if line["sequence"]], with_id):
            self.assertEqual({k: v for k, v in line.items() if k not in ("instance", "origin", "sequence", "stored_at")},
                             body)
            self.assertEqual((line["instance"], line["origin"]), ("fra-1", fra.origin))

    def test_without_since_it_begins_with_the_state_and_goes_on(self):
        broker = self.broker()
        client = self.client(broker)
        fra, _ = self.two_sites(client)
        config = self.fleet_config(broker)
        watch = self.start("fleet", "watch", "--config", config, "--instance", "fra-1")
        watch.wait_for(lambda: watch.out.count(b'"update":"node_status"') == 2, "state")
        time.sleep(0.5)
        fra.head(slot_of(now()), "alpha", 1.0)
        client.publish(fra.take())
        watch.wait_out(f'"sequence":{fra.sequence},')
        code, out, _ = watch.stop()
        self.assertEqual(code, 0)
        lines = lines_of(out)
        self.assertEqual({line["instance"] for line in lines}, {"fra-1"})
        # Of each subject the last one: two nodes have each one head.
        self.assertEqual(sum(line["update"] == "node_head" for line in lines), 3)
        self.assertFalse([line for line in lines if line["update"] == "lost"])

    def test_labels_choose_instances(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client)
        config = self.fleet_config(broker)
        code, out, err = run("fleet", "watch", "--config", config, "--since", "1h", "--label", "region=ap", "--duration", "1.5")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual({line["instance"] for line in lines_of(out)}, {"syd-1"})

    def test_a_broker_that_is_killed_is_told_and_reading_goes_on_without_loss_or_repeat(self):
        broker = self.broker()
        client = self.client(broker)
        fra = Headmon("fra-1")
        config = self.fleet_config(broker)
        fra.begin(now())
        client.publish(fra.take())
        watch = self.start("fleet", "watch", "--config", config, "--since", "1h")
        watch.wait_for(lambda: watch.out.count(b"\n") >= 4, "lines")
        for _ in range(3):
            broker.kill()
            watch.wait_err("trying again", watch.err.count(b"trying again") + 1)
            broker.start()
            client = self.client(broker, make_stream=False)
            fra.slot(slot_of(now()))
            client.publish(fra.take())
            watch.wait_out(f'"sequence":{fra.sequence},')
        code, out, err = watch.stop()
        self.assertEqual(code, 0)
        sequences = [line["sequence"] for line in lines_of(out) if line["sequence"]]
        self.assertEqual(sequences, list(range(1, fra.sequence + 1)))
        self.assertIn("reading goes on where it was", err)
        self.assertNotIn("nats://", err)

    def test_a_stream_that_is_made_anew_is_read_from_its_beginning(self):
        broker = self.broker()
        client = self.client(broker)
        fra = Headmon("fra-1")
        for slot in range(20):
            fra.slot(slot)
        client.publish(fra.take())
        watch = self.start("fleet", "watch", "--config", self.fleet_config(broker), "--since", "1h")
        watch.wait_out(f'"sequence":{fra.sequence},')
        client.delete_stream()
        client.make_stream()
        fra.slot(21)
        client.publish(fra.take())
        broker.kill()
        broker.start()
        watch.wait_out(f'"sequence":{fra.sequence},')
        _, out, err = watch.stop()
        self.assertIn("made anew", err)
        self.assertEqual([line["sequence"] for line in lines_of(out)], list(range(1, fra.sequence + 1)))

    def test_a_reader_that_is_slow_is_waited_for_and_told(self):
        broker = self.broker()
        client = self.client(broker)
        fra = Headmon("fra-1")
        for _ in range(12):
            for slot in range(1000):
                fra.head(slot, "alpha", 1.0, note="x" * 1000)
            client.publish(fra.take())
        reader, writer = os.pipe()
        watch = self.start("fleet", "watch", "--config", self.fleet_config(broker), "--since", "1h", stdout=writer)
        os.close(writer)
        time.sleep(2)
        with open(f"/proc/{watch.process.pid}/status", encoding="utf-8") as status:
            self.assertLess(int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]), 600_000)
        sequences, rest = [], b""
        while len(sequences) < fra.sequence:
            lines = (rest + os.read(reader, 1 << 20)).split(b"\n")
            rest = lines.pop()
            sequences += [json.loads(line)["sequence"] for line in lines]
        os.close(reader)
        self.assertEqual(sequences, list(range(1, fra.sequence + 1)))

    def test_a_message_that_is_missing_is_told(self):
        broker = self.broker()
        client = self.client(broker)
        fra = Headmon("fra-1")
        for slot in range(3):
            fra.slot(slot)
        messages = fra.take()
        del messages[5]
        client.publish(messages)
        watch = self.start("fleet", "watch", "--config", self.fleet_config(broker), "--since", "1h")
        # Thirty seconds is the patience; a test has less.
        with contextlib.suppress(AssertionError):
            watch.wait_for(lambda: watch.out.count(b"\n") >= fra.sequence, "lines")
        wait_for(lambda: watch.out.count(b"\n") >= fra.sequence, "lines")
        code, out, err = watch.stop()
        self.assertEqual(err, "")
        lost = [line for line in lines_of(out) if line["update"] == "lost"]
        self.assertEqual([(line["first_sequence"], line["count"]) for line in lost], [(6, 1)])
        self.assertEqual(code, 0)


class Table(FleetCase):
    def screen(self, *arguments, rows=40, columns=140, until, limit=LIMIT):
        """What a terminal shows once `until` is in it."""
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        with open(os.devnull, "rb") as nothing:
            process = subprocess.Popen([HEADMON, *arguments], stdin=nothing, stdout=side,
                                       stderr=subprocess.PIPE)
        os.close(side)
        text, end = "", time.monotonic() + limit
        try:
            while until not in text:
                if time.monotonic() > end:
                    raise AssertionError(f"no {until}\n{text[-3000:]}")
                with contextlib.suppress(OSError):
                    text += os.read(main, 65536).decode("utf-8", "replace")
        finally:
            process.terminate()
            process.wait()
            process.stderr.close()
            os.close(main)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)

    def test_a_table_has_each_instance_and_what_is_wrong(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client)
        par = Headmon("par-1", labels={"site": "par"})
        par.begin(now(), unusable=("beta",))
        client.publish(par.take())
        config = self.fleet_config(broker)
        text = self.screen("fleet", "watch", "--config", config, until="messages/s")
        self.assertRegex(text, r"3 instances   6 nodes: 5 good, 0 degraded, 1 unusable, 0 unknown   head \d+")
        self.assertRegex(text, r"par-1 +par .* 1/2")
        self.assertRegex(text, r"  beta .*syncing, EL offline|  beta .*EL offline")
        self.assertRegex(text, r"fra-1 +fra .*first")
        self.assertRegex(text, r"syd-1 +syd .*200\.0 ms")
        last = text[text.rindex("3 instances"):]
        self.assertLess(last.index("par-1"), last.index("fra-1"))

    def test_a_broker_that_is_away_is_told_in_the_table(self):
        broker = self.broker()
        config = self.fleet_config(broker)
        broker.kill()
        text = self.screen("fleet", "watch", "--config", config, until="BROKER, tried again")
        self.assertIn("no server of [fleet] servers can be reached", text)
        self.assertNotIn("no headmon has sent", text)


class Errors(FleetCase):
    USERS = """
        accounts {
          A: { jetstream: enabled, users: [
            { user: admin, password: s3cr3t },
            { user: deaf, password: s3cr3t, permissions: {
                publish: ["$JS.API.STREAM.INFO.headmon"], subscribe: ["_INBOX.>"] } },
            { user: reader, password: s3cr3t, permissions: {
                publish: ["$JS.API.STREAM.INFO.headmon", "$JS.API.CONSUMER.CREATE.headmon",
                          "$JS.API.CONSUMER.CREATE.headmon.>", "$JS.API.CONSUMER.INFO.headmon.>",
                          "$JS.API.CONSUMER.DELETE.headmon.>", "$JS.FC.>"],
                subscribe: ["_INBOX.>"] } } ] }
          B: { users: [ { user: other, password: s3cr3t } ] } }"""

    def report(self, broker, url, rest=""):
        code, out, err = run("fleet", "report", "--config", self.fleet_config(broker, url=url, rest=rest))
        self.assertNotIn("s3cr3t", err + out)
        self.assertNotIn("://127", err)
        self.assertEqual(err.count("\n"), 1 if code else 0, err)
        return code, err

    def test_each_refusal_says_what_to_do(self):
        broker = self.broker(rest=self.USERS)
        code, err = self.report(broker, broker.url("admin:wr0ng@"))
        self.assertEqual(code, 1)
        self.assertIn("refuses our credentials", err)
        code, err = self.report(broker, broker.url("admin:s3cr3t@"))
        self.assertEqual(code, 1)
        self.assertIn("no stream headmon", err)
        self.client(broker, user="admin", password="s3cr3t")
        code, err = self.report(broker, broker.url("deaf:s3cr3t@"))
        self.assertEqual(code, 1)
        self.assertIn("does not permit", err)
        code, err = self.report(broker, broker.url("other:s3cr3t@"))
        self.assertEqual(code, 1)
        self.assertIn("JetStream", err)
        self.assertEqual(self.report(broker, broker.url("reader:s3cr3t@")), (0, ""))

    def test_a_broker_without_jetstream(self):
        broker = self.broker(jetstream=False)
        code, err = self.report(broker, broker.url())
        self.assertEqual(code, 1)
        self.assertIn("-js", err)

    def test_files_that_cannot_be_read_are_wrong_configuration(self):
        broker = self.broker()
        for setting in ("credentials_file", "ca_file"):
            code, err = self.report(broker, broker.url(), rest=f'{setting} = "/nonexistent/x"')
            self.assertEqual(code, 2, err)
            self.assertIn(setting, err)

    def certificate(self, name, days):
        key, cert = self.path(f"{name}.key"), self.path(f"{name}.pem")
        # An end in the past: made by a date, for -days takes none that are negative.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", cert, "-days", str(days), "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        return key, cert

    def test_tls(self):
        key, cert = self.certificate("good", 1)
        _, other = self.certificate("other", 1)
        broker = self.broker(rest=f'tls {{ cert_file: "{cert}", key_file: "{key}" }}')
        url = f"tls://127.0.0.1:{broker.port}"
        code, err = self.report(broker, url, rest=f'ca_file = "{other}"')
        self.assertEqual(code, 1)
        self.assertIn("TLS with the broker failed", err)
        code, err = self.report(broker, url, rest=f'ca_file = "{cert}"')
        self.assertEqual(code, 1)
        self.assertIn("no stream headmon", err)
        plain = self.broker()
        code, err = self.report(plain, f"tls://127.0.0.1:{plain.port}", rest=f'ca_file = "{cert}"')
        self.assertEqual(code, 1)
        self.assertIn("does not speak TLS", err)


if __name__ == "__main__":
    unittest.main(verbosity=1)
