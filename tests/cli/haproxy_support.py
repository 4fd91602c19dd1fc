"""A real HAProxy with a configuration that headmon has printed."""
import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from commands_support import LIMIT, Case, run

HAPROXY = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
# What only root can do, and what a test need not: the rest is as printed.
FOR_ROOT = r"^    (user|group|chroot) .*\n"


def free_ports(count):
    """HAProxy cannot take any port that is free and say which one."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Relay:
    """Stands before a node and does to it what the test says: `down` as if its process were gone, `hang` as if it were
    stopped, `up` ends both. One port for all of its life."""

    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.running = threading.Event()
        self.open = []
        self.listener = None
        self.port = free_ports(1)[0]
        self.up()

    def up(self):
        self.running.set()
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def hang(self):
        self.running.clear()

    def down(self):
        with self.lock:
            listener, self.listener = self.listener, None
            connections, self.open = self.open, []
        if listener is not None:
            # Only a shutdown wakes the thread in accept().
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        self.running.wait()
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as server:
            with self.lock:
                self.open += [client, server]
            back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
            back.start()
            self.pump(client, server)
            back.join()

    def pump(self, source, sink):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                self.running.wait()
                sink.sendall(part)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class HaproxyCase(Case):
    def setUp(self):
        super().setUp()
        if HAPROXY is None:
            self.skipTest("HAProxy is not installed")
        self.port, self.api_port, self.agent_port = free_ports(3)

    def toml(self, nodes, rest=""):
        return self.path("headmon.toml", rest + f"""
[api]
address = "127.0.0.1:{self.api_port}"
agent_address = "127.0.0.1:{self.agent_port}"
{nodes}""")

    def printed(self, config, *options):
        """The files of a configuration that headmon prints, in the order in which HAProxy reads them."""
        secrets = self.path("secrets.cfg")
        code, out, err = run("haproxy", "--config", config, "--address", f"127.0.0.1:{self.port}", "--secrets-file",
                             secrets, *options)
        self.assertEqual((code, err), (0, ""))
        return [secrets, self.path("haproxy.cfg", self.for_me(out))]

    @staticmethod
    def for_me(text):
        return text if os.geteuid() == 0 else re.sub(FOR_ROOT, "", text, flags=re.M)

    def check(self, files):
        """HAProxy takes it, and warns of nothing but names that nobody knows here."""
        words = [word for file in files for word in ("-f", file)]
        done = subprocess.run([HAPROXY, "-c", *words], capture_output=True, text=True, check=False, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        warnings = [line for line in done.stderr.splitlines() if "[WARNING]" in line and "could not resolve" not in line]
        self.assertEqual(warnings, [])

    def certificate(self, name, host, authority=None):
        """A key and a certificate, of its own or of an authority."""
        key, request, made = (self.path(f"{name}.{end}") for end in ("key", "csr", "pem"))

        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=LIMIT)

        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                "-out", request, "-subj", f"/CN={name}")
        extensions = self.path(f"{name}.ext", f"subjectAltName=DNS:{host}\n" if authority else "basicConstraints=critical,CA:TRUE\n")
        signer = ["-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial"] if authority else ["-signkey", key]
        openssl("x509", "-req", "-in", request, "-days", "2", "-out", made, "-extfile", extensions, *signer)
        return made, key

    def start_haproxy(self, files, *options):
        words = [word for file in files for word in ("-f", file)]
        with open(self.path("haproxy.log"), "ab") as log:
            process = subprocess.Popen([HAPROXY, *(options or ["-db"]), *words], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log)
        self.haproxy = process
        self.addCleanup(self.end, process)
        end = time.monotonic() + LIMIT
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return process
            self.assertIsNone(process.poll(), self.log())
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.02)

    @staticmethod
    def end(process):
        # A master that is killed leaves its workers.
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self):
        with open(self.path("haproxy.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def ask(self, target, method="GET", body=None, headers=None):
        """(status, body) through HAProxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait_until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not (met := condition()):
            self.assertLess(time.monotonic(), end, f"no {what}\n{self.log()}")
            time.sleep(0.02)
        return met
