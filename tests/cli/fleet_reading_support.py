"""A broker, and headmons that are not there: their messages, written by the NATS protocol itself."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from datetime import datetime, timedelta, timezone

from commands_support import Case

NATS_SERVER = shutil.which("nats-server") or "/usr/sbin/nats-server"
LIMIT = 30
# Of the chain of these messages.
SLOT = 12
GENESIS = datetime(2020, 12, 1, 12, 0, 23, tzinfo=timezone.utc)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"no {what}")
        time.sleep(0.02)


class Broker:
    """A nats-server with JetStream. `rest` goes into its configuration."""

    def __init__(self, folder, rest="", jetstream=True, port=None):
        self.folder, self.port = folder, port or free_port()
        self.config = os.path.join(folder, f"nats-{self.port}.conf")
        store = os.path.join(folder, f"store-{self.port}")
        js = f'jetstream {{ store_dir: "{store}", max_file_store: 512MB }}\n' if jetstream else ""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"host: 127.0.0.1\nport: {self.port}\n{js}{rest}\n")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([NATS_SERVER, "-c", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def is_up():
            if self.process.poll() is not None:
                raise AssertionError("nats-server did not start")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
            return False

        wait_for(is_up, "nats-server")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def url(self, userinfo=""):
        return f"nats://{userinfo}127.0.0.1:{self.port}"


class Connection:
    """A client of the broker, as far as tests need one."""

    def __init__(self, broker, user=None, password=None):
        self.socket = socket.create_connection(("127.0.0.1", broker.port), LIMIT)
        self.stream = self.socket.makefile("rb")
        self.stream.readline()
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1,
                   "name": "test", "lang": "python", "version": "0"}
        if user:
            options.update(user=user, pass_=password)
            options["pass"] = options.pop("pass_")
        self.inbox = f"_INBOX.{os.urandom(8).hex()}"
        self.send(f"CONNECT {json.dumps(options)}\r\nSUB {self.inbox} 1\r\nPING\r\n".encode())
        while (line := self.stream.readline()) != b"PONG\r\n":
            if not line or line.startswith(b"-ERR"):
                raise AssertionError(line)

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next message to our inbox, as JSON."""
        while True:
            line = self.stream.readline()
            if line == b"PING\r\n":
                self.send(b"PONG\r\n")
            elif line.startswith(b"MSG"):
                size = int(line.split()[-1])
                return json.loads(self.stream.read(size + 2))
            elif line.startswith(b"HMSG"):
                self.stream.read(int(line.split()[-1]) + 2)
                raise AssertionError("nobody answers")
            elif not line or line.startswith(b"-ERR"):
                raise AssertionError(line)

    def request(self, subject, body):
        payload = json.dumps(body).encode()
        self.send(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), self.inbox.encode(), len(payload), payload))
        return self.answer()

    def make_stream(self, **more):
        answer = self.request("$JS.API.STREAM.CREATE.headmon",
                              {"name": "headmon", "subjects": ["headmon.>"], "storage": "file", "retention": "limits",
                               "discard": "old", "num_replicas": 1, "max_age": 7 * 86400 * 10**9,
                               "duplicate_window": 120 * 10**9, **more})
        if "error" in answer:
            raise AssertionError(answer)

    def delete_stream(self):
        return self.request("$JS.API.STREAM.DELETE.headmon", {})

    def publish(self, messages):
        """Each (subject, id or None, body); returns when the stream has them."""
        data, count = b"", 0
        for subject, message_id, body in messages:
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            header = b"NATS/1.0\r\n" + (f"Nats-Msg-Id: {message_id}\r\n".encode() if message_id else b"") + b"\r\n"
            data += b"HPUB %s %s %d %d\r\n%s%s\r\n" % (subject.encode(), self.inbox.encode(), len(header),
                                                      len(header) + len(payload), header, payload)
            count += 1
        self.send(data)
        return [self.answer() for _ in range(count)]

    def close(self):
        self.stream.close()
        self.socket.close()


def text_of(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def slot_of(moment):
    return int((moment - GENESIS).total_seconds() // SLOT)


def start_of(slot):
    return GENESIS + timedelta(seconds=slot * SLOT)


def root(number):
    return "0x" + f"{number:064x}"


class Headmon:
    """What a headmon of the fleet would publish. `messages` are those that were not taken."""

    def __init__(self, instance, nodes=("alpha", "beta"), labels=None, origin=None, version="Lighthouse/v7.0.0/x86",
                 synchronised=True):
        self.instance, self.nodes, self.version = instance, nodes, version
        self.labels = labels or {}
        self.origin = origin or os.urandom(8).hex()
        self.sequence = 0
        self.synchronised = synchronised
        self.messages = []

    def tell(self, kind, at, node=None, has_id=True, **members):
        body = {"update": kind, "at": text_of(at), "at_monotonic_seconds": 1, **({"node": node} if node else {}), **members}
        message_id = None
        if has_id:
            self.sequence += 1
            message_id = f"{self.instance}:{self.origin}:{self.sequence}"
        self.messages.append((f"headmon.{self.instance}.{kind}.{node or '-'}", message_id, body))

    def status(self, at):
        self.tell("instance_status", at, has_id=False, instance=self.instance, version="0.2.0", origin=self.origin,
                  labels=self.labels, kept_in="history", nodes=list(self.nodes), slot_duration_seconds=SLOT,
                  genesis=text_of(GENESIS))

    def begin(self, at, unusable=()):
        """Its first messages: itself, its clock and its nodes."""
        self.status(at)
        self.clock(at)
        for node in self.nodes:
            self.node(at, node, issues=["el_offline", "syncing"] if node in unusable else [],
                      health="unusable" if node in unusable else "good")

    def clock(self, at, offset=None, uncertainty=None, level="none"):
        self.tell("clock_skew", at, level=level, offset_seconds=offset, uncertainty_seconds=uncertainty,
                  kernel_synchronised=self.synchronised)

    def node(self, at, node, state="open", issues=(), health="good"):
        self.tell("node_status", at, node, state=state, version=self.version, health=health, issues=list(issues))

    def head(self, slot, node, delay, block=None, first=False, lag=0.0, deadline=4.0, **more):
        at = start_of(slot) + timedelta(seconds=delay)
        self.tell("node_head", at, node, slot=str(slot), block=root(slot if block is None else block),
                  timeliness="live", is_first=first, is_repeat=False, is_payload=False, lag_seconds=lag,
                  delay_seconds=delay, is_late=delay > deadline, **more)

    def proven(self, slot, block=None, parent=None, delay=1.0):
        block = slot if block is None else block
        at = start_of(slot) + timedelta(seconds=delay)
        self.tell("head_proven", at, slot=str(slot), block=root(block),
                  parent=root(block - 1 if parent is None else parent))
        self.tell("best_head", at, slot=str(slot), block=root(block), node=None)

    def verdict(self, slot, verdict, delay=None, block=None):
        self.tell("slot_verdict", start_of(slot + 2), slot=str(slot), verdict=verdict, first_reported_by=None,
                  block=None if verdict in ("missed", "unknown") else root(slot if block is None else block),
                  delay_seconds=delay)

    def slot(self, slot, delay=1.0, spread=0.05, deadline=4.0):
        """A slot as it should be: the first node after `delay`, each other `spread` later."""
        for i, node in enumerate(self.nodes):
            self.head(slot, node, delay + i * spread, first=i == 0, lag=i * spread, deadline=deadline)
        self.proven(slot, delay=delay + 0.2)
        self.verdict(slot, "late" if delay > deadline else "on_time", delay)

    def take(self):
        messages, self.messages = self.messages, []
        return messages


def now():
    return datetime.now(timezone.utc)


class FleetCase(Case):
    def broker(self, **options):
        broker = Broker(self.folder, **options)
        self.addCleanup(broker.__exit__)
        return broker

    def client(self, broker, make_stream=True, **options):
        client = Connection(broker, **options)
        self.addCleanup(client.close)
        if make_stream:
            client.make_stream()
        return client

    def fleet_config(self, broker, rest="", url=None):
        return self.path("fleet.toml", f'[fleet]\nservers = ["{url or broker.url()}"]\n{rest}\n')

    def two_sites(self, client, slots=10, syd_delay=1.2, **options):
        """Two sites that saw the same slots, up to now."""
        self.last = last = slot_of(now()) - 3
        fra = Headmon("fra-1", labels={"site": "fra", "region": "eu"}, **options)
        syd = Headmon("syd-1", labels={"site": "syd", "region": "ap"}, version="teku/v25.1.0/linux", **options)
        for site in (fra, syd):
            site.begin(start_of(last - slots))
        for slot in range(last - slots + 1, last + 1):
            fra.slot(slot, 1.0)
            syd.slot(slot, syd_delay)
        for site in (fra, syd):
            site.status(now())
            client.publish(site.take())
        return fra, syd
