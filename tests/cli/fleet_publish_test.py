"""What headmon publishes to a fleet, over a real nats-server that is killed, full, closed to us, or not there."""
import collections
import contextlib
import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import time
import unittest
import urllib.request

from commands_support import Case
from fleet_support import Broker, Connection, free_port, wait_for

# Kinds of which the history has a row for each.
TABLES = {
    "node_head": "SELECT n.name, b.slot, lower(hex(b.root)) FROM heads h JOIN nodes n ON n.id = h.node "
                 "JOIN blocks b ON b.at = h.block",
    "best_head": "SELECT n.name, b.slot, lower(hex(b.root)) FROM best_heads h JOIN nodes n ON n.id = h.node "
                 "JOIN blocks b ON b.at = h.block",
    "slot_verdict": "SELECT NULL, slot, verdict FROM slots",
    "gap": "SELECT NULL, NULL, reason FROM gaps",
    "finalized": "SELECT n.name, f.epoch, lower(hex(f.block)) FROM finalized f JOIN nodes n ON n.id = f.node",
    "reorg": "SELECT NULL, depth, certainty FROM reorgs",
}
MEMBERS = {
    "node_head": ("node", "slot", "block"),
    "best_head": ("node", "slot", "block"),
    "slot_verdict": (None, "slot", "verdict"),
    "gap": (None, None, "reason"),
    "finalized": ("node", "epoch", "block"),
    "reorg": (None, "depth", "certainty"),
}


def as_row(kind, body):
    node, number, text = (None if name is None else body[name] for name in MEMBERS[kind])
    return node, None if number is None else int(number), text.removeprefix("0x")


class Fleet(Case):
    """One headmon over simulated nodes, and a broker."""

    def setUp(self):
        super().setUp()
        self.simulated = self.start("simulate", "--nodes", "2", "--slot-ms", "500")
        self.simulated.wait_out("headmon watch")
        self.nodes = [line.split() for line in self.simulated.out.decode().splitlines() if line.count(" ") == 1]
        self.api = free_port()

    def broker(self, rest="", **options):
        broker = Broker(self.folder, rest, **options)
        self.addCleanup(broker.__exit__)
        return broker

    def write_config(self, servers, rest="", history=True):
        kept = f'[history]\npath = "{self.folder}/h.db"\n' if history else ""
        # The brokers of tests have little room.
        rest += "" if "size_mib_max" in rest else "\nsize_mib_max = 64"
        nodes = "".join(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in self.nodes)
        return self.path("headmon.toml", f'{kept}[fleet]\nservers = {json.dumps(servers)}\ninstance = "fra.1"\n'
                                         f'labels = ["site=fra"]\n{rest}\n{nodes}')

    def run_headmon(self, config):
        return self.start("run", "--config", config, "--api-address", f"127.0.0.1:{self.api}")

    def service(self):
        """The service `fleet` as the API has it; None while it does not answer."""
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/v1/services", timeout=5) as answer:
                for service in json.load(answer)["services"]:
                    if service["service"] == "fleet":
                        return service
        return None

    def waiting(self):
        """What is in the outbox: (sequence, kind, body)."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/h.db?mode=ro", uri=True)) as history:
            return history.execute("SELECT sequence, kind, body FROM outbox ORDER BY sequence").fetchall()

    def passed_on(self):
        """Up to which sequence the broker has the history; 0 before there is one."""
        with contextlib.suppress(sqlite3.Error):
            return dict(self.rows("SELECT key, value FROM meta")).get("outbox_removed", 0)
        return 0

    def newest(self):
        with contextlib.suppress(sqlite3.Error):
            return dict(self.rows("SELECT key, value FROM meta")).get("outbox_newest", 0)
        return 0

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/h.db?mode=ro", uri=True)) as history:
            return history.execute(sql).fetchall()

    @staticmethod
    def stored(broker):
        """What the stream has: (subject, id, body), in order."""
        with contextlib.closing(Connection(broker)) as connection:
            return connection.stored()

    def check_union(self, broker):
        """The stream and what waits are the history; in order, and nothing twice."""
        known, ids = [], set()
        for subject, ident, body in self.stored(broker):
            if ident is None:
                continue
            self.assertNotIn(ident, ids)
            ids.add(ident)
            instance, origin, sequence = ident.split(":")
            self.assertEqual((instance, subject.split(".")[2]), ("fra%2E1", body["update"]))
            known.append((int(sequence), origin, body))
        self.assertEqual(len({origin for _, origin, _ in known}), 1)
        sequences = [sequence for sequence, _, _ in known]
        self.assertEqual(sequences, sorted(sequences))
        bodies = {sequence: body for sequence, _, body in known}
        for sequence, _, body in self.waiting():
            if sequence in bodies:
                self.assertEqual(bodies[sequence], json.loads(body))
            bodies[sequence] = json.loads(body)
        self.assertEqual(sorted(bodies), list(range(1, self.newest() + 1)))
        for kind, sql in TABLES.items():
            published = collections.Counter(as_row(kind, body) for body in bodies.values() if body["update"] == kind)
            self.assertEqual(published, collections.Counter(self.rows(sql)), kind)


class Published(Fleet):
    def test_everything_is_in_the_stream_and_in_the_history(self):
        broker = self.broker()
        headmon = self.run_headmon(self.write_config([broker.url()]))
        wait_for(lambda: self.passed_on() > 60, "60 updates")
        self.assertEqual(headmon.stop()[0], 0)
        self.check_union(broker)
        subjects = [subject for subject, _, _ in self.stored(broker)]
        self.assertTrue(any(re.fullmatch(r"headmon\.fra%2E1\.node_head\.\w+", subject) for subject in subjects))
        status = [body for subject, ident, body in self.stored(broker) if ident is None]
        self.assertEqual({body["update"] for body in status}, {"instance_status"})
        self.assertEqual(status[0]["labels"], {"site": "fra"})
        self.assertEqual(status[0]["kept_in"], "history")
        # The next start passes on what came last.
        newest = self.newest()
        self.run_headmon(self.write_config([broker.url()]))
        wait_for(lambda: self.passed_on() > newest, "what came last")

    def test_twenty_kills_of_broker_and_headmon_lose_nothing(self):
        seed = random.randrange(1 << 32)
        moments = random.Random(seed)
        broker = self.broker()
        config = self.write_config([broker.url()])
        headmon = self.run_headmon(config)
        wait_for(lambda: self.passed_on() > 10, "10 updates")
        for turn in range(20):
            time.sleep(moments.uniform(0.1, 1.2))
            if moments.random() < 0.5:
                broker.kill()
                time.sleep(moments.uniform(0, 0.5))
                broker.start()
            else:
                headmon.process.kill()
                headmon.end()
                headmon = self.run_headmon(config)
        newest = self.newest()
        wait_for(lambda: self.passed_on() >= newest, f"an outbox that is passed on (seed {seed})")
        self.assertEqual(headmon.stop()[0], 0)
        with self.subTest(seed=seed):
            self.check_union(broker)
            self.assertGreater(self.rows("SELECT count(*) FROM gaps WHERE reason = 'killed'")[0][0], 0)


class Cluster(Fleet):
    def test_three_servers_of_which_each_is_killed_in_turn(self):
        routes = [free_port() for _ in range(3)]
        all_routes = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
        brokers = [self.broker(f'server_name: n{i}\ncluster {{ name: fleet, listen: "127.0.0.1:{route}", routes: [{all_routes}] }}')
                   for i, route in enumerate(routes)]
        headmon = self.run_headmon(self.write_config([broker.url() for broker in brokers], "replicas = 3"))
        wait_for(lambda: self.passed_on() > 10, "10 updates")
        for broker in brokers:
            broker.kill()
            before = self.newest()
            wait_for(lambda: self.passed_on() > before, "updates that go on with two servers")
            broker.start()
            # A cluster of three bears the loss of one: it is to be whole again before the next.
            wait_for(lambda: self.replicas(brokers) == (3, True), "stream on three servers")
        newest = self.newest()
        wait_for(lambda: self.passed_on() >= newest, "an outbox that is passed on")
        self.assertEqual(headmon.stop()[0], 0)
        self.check_union(brokers[0])

    @staticmethod
    def replicas(brokers):
        """How many servers have the stream, and whether all are current."""
        with contextlib.suppress(OSError, AssertionError, KeyError, ValueError):
            with contextlib.closing(Connection(brokers[0])) as connection:
                cluster = connection.request("$JS.API.STREAM.INFO.headmon", {})["cluster"]
                others = cluster.get("replicas", [])
                return 1 + len(others), bool(cluster.get("leader")) and all(one["current"] for one in others)
        return 0, False


class Faults(Fleet):
    """One clear word in the API, one line in the log, and what waits is kept."""

    def check(self, text, servers, rest="", mended=None):
        headmon = self.run_headmon(self.write_config(servers, rest))
        wait_for(lambda: (self.service() or {}).get("health") == "degraded", "degraded service")
        self.assertIn(text, self.service()["detail"])
        self.assertGreater(len(self.waiting()), 10)
        self.assertEqual(self.waiting()[0][0], 1)
        metrics = headmon.err.decode()
        self.assertNotIn("secret", metrics + self.service()["detail"])
        self.assertEqual(len(re.findall(r"\b(?:warning|error)\b.*fleet", metrics)), 1, metrics)
        if mended:
            mended()
            wait_for(lambda: self.service()["health"] == "healthy", "healthy service")
            wait_for(lambda: self.passed_on() > 10, "shorter outbox")
        self.assertEqual(headmon.stop()[0], 0)

    def test_a_broker_that_is_not_there_and_comes(self):
        port = free_port()
        self.check("no server of [fleet] servers can be reached", [f"nats://127.0.0.1:{port}"],
                   mended=lambda: self.broker(port=port))

    def test_credentials_that_are_refused(self):
        broker = self.broker('authorization { user: a, password: right }')
        self.check("the broker refuses our credentials", [broker.url("a:secret@")])

    def test_a_broker_without_jetstream(self):
        broker = self.broker(jetstream=False)
        self.check("JetStream is not enabled", [broker.url()])

    def test_a_stream_that_nobody_made(self):
        broker = self.broker()

        def make():
            with contextlib.closing(Connection(broker)) as operator:
                operator.make_stream()

        self.check("the broker has no stream headmon", [broker.url()], "create_stream = false", make)

    def test_a_subject_without_permission(self):
        broker = self.broker('authorization { users: [ { user: a, password: secret, permissions: '
                             '{ publish: ["headmon.muc.>", "$JS.API.>"], subscribe: ["_INBOX.>"] } } ] }')
        self.check("the broker does not permit it", [broker.url("a:secret@")])

    def test_the_least_permissions_that_docs_name(self):
        broker = self.broker('authorization { users: [ { user: op, password: op }, { user: a, password: b, permissions: { publish: '
                             '["headmon.fra%2E1.>", "$JS.API.STREAM.INFO.headmon"], subscribe: ["_INBOX.>"] } } ] }')
        with contextlib.closing(Connection(broker, "op", "op")) as operator:
            operator.make_stream()
        headmon = self.run_headmon(self.write_config([broker.url("a:b@")]))
        wait_for(lambda: self.passed_on() > 10, "updates that are passed on")
        self.assertEqual(headmon.stop()[0], 0)

    def test_a_stream_that_is_full(self):
        broker = self.broker()
        connection = Connection(broker)
        self.addCleanup(connection.close)
        connection.make_stream(discard="new", max_bytes=4096)

        def make_room():
            connection.request("$JS.API.STREAM.UPDATE.headmon", {
                "name": "headmon", "subjects": ["headmon.>"], "storage": "file", "retention": "limits", "discard": "new",
                "num_replicas": 1, "max_age": 7 * 86400 * 10**9, "duplicate_window": 120 * 10**9, "max_bytes": 1 << 24})
        headmon = self.run_headmon(self.write_config([broker.url()]))
        wait_for(lambda: (self.service() or {}).get("health") == "degraded", "degraded service")
        self.assertIn("stream headmon is full or cannot be written", self.service()["detail"])
        before = self.passed_on()
        make_room()
        wait_for(lambda: self.service()["health"] == "healthy", "healthy service")
        wait_for(lambda: self.passed_on() > before + 10, "shorter outbox")
        self.assertEqual(headmon.stop()[0], 0)

    def test_a_broker_without_room_for_the_stream(self):
        broker = self.broker()
        self.check("the broker has no room for stream headmon", [broker.url()], "size_mib_max = 16777216")

    def test_a_stop_at_any_moment_of_a_connection_is_clean(self):
        broker = self.broker()
        moments = random.Random(4)
        with socket.create_server(("127.0.0.1", 0)) as hung:
            servers = [f"tls://127.0.0.1:{broker.port}", broker.url(), f"nats://127.0.0.1:{hung.getsockname()[1]}"]
            for turn in range(18):
                headmon = self.run_headmon(self.write_config([servers[turn % 3]], history=False))
                headmon.wait_err("run started")
                time.sleep(moments.uniform(0, 0.12))
                self.assertEqual(headmon.stop()[0], 0)

    def test_files_that_are_not_there(self):
        broker = self.broker()
        self.check("nothere.creds cannot be read", [broker.url()], 'credentials_file = "nothere.creds"')


class Certificates(Fleet):
    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, cwd=self.folder, capture_output=True)

    def make(self, name, host, *dates):
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.path("extensions", f"subjectAltName={host}\n")
        self.path("index.txt", "")
        self.path("ca.cnf", "[ca]\ndefault_ca=ours\n[ours]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
                            "policy=any\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_days=1\nunique_subject=no\n[any]\ncommonName=supplied\n")
        self.openssl("ca", "-batch", "-config", "ca.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "extensions", "-notext", *dates)
        return f'tls {{ cert_file: "{self.folder}/{name}.pem", key_file: "{self.folder}/{name}.key" }}'

    def setUp(self):
        super().setUp()
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")

    def problem(self, tls, scheme="tls", ca='ca_file = "ca.pem"'):
        broker = self.broker(tls)
        headmon = self.run_headmon(self.write_config([f"{scheme}://127.0.0.1:{broker.port}"], ca))
        wait_for(lambda: (self.service() or {}).get("health") == "degraded", "degraded service")
        detail = self.service()["detail"]
        self.assertEqual(headmon.stop()[0], 0)
        return detail

    def test_a_certificate_of_our_authority(self):
        broker = self.broker(self.make("good", "IP:127.0.0.1"))
        headmon = self.run_headmon(self.write_config([f"tls://127.0.0.1:{broker.port}"], 'ca_file = "ca.pem"'))
        wait_for(lambda: self.passed_on() > 10, "updates that are passed on")
        self.assertEqual(headmon.stop()[0], 0)

    def test_certificates_that_are_none_of_ours(self):
        expired = self.problem(self.make("old", "IP:127.0.0.1", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"))
        self.assertIn("TLS with the broker failed", expired)
        self.assertIn("expired", expired)
        self.assertIn("mismatch", self.problem(self.make("other", "DNS:elsewhere.example")))

    def test_an_authority_that_we_do_not_know(self):
        self.assertIn("TLS with the broker failed", self.problem(self.make("good", "IP:127.0.0.1"), ca=""))

    def test_a_broker_without_tls(self):
        self.assertIn("the broker does not speak TLS", self.problem(""))


class Memory(Fleet):
    def test_without_a_history_what_is_dropped_is_told(self):
        port = free_port()
        headmon = self.run_headmon(self.write_config([f"nats://127.0.0.1:{port}"], history=False))
        wait_for(lambda: (self.service() or {}).get("health") == "degraded", "degraded service")
        broker = self.broker(port=port)
        wait_for(lambda: self.service()["health"] == "healthy", "healthy service")
        self.assertEqual(headmon.stop()[0], 0)
        messages = [(ident, body) for _, ident, body in self.stored(broker) if ident]
        sequences = [int(ident.rsplit(":", 1)[1]) for ident, _ in messages]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))
        # From the start on, and up to the last words.
        self.assertEqual(messages[0][1]["update"], "run_started")
        self.assertIn("run_ended", [body["update"] for _, body in messages[-12:]])


if __name__ == "__main__":
    unittest.main()
