"""What the tests of the commands share: scripted servers, and headmon as a process."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

# The program to test.
HEADMON = os.environ.get("HEADMON", "headmon")
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
                if request[:1] == b"\x16":
                    # A TLS handshake, to which plain HTTP has no answer.
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
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


GENESIS = 1_700_000_000


def head_event(slot, block=None):
    root = "0x" + f"{slot if block is None else block:064x}"
    data = {"slot": str(slot), "block": root, "state": root, "epoch_transition": False,
            "previous_duty_dependent_root": root, "current_duty_dependent_root": root, "execution_optimistic": False}
    return f"event: head\ndata: {json.dumps(data)}\n\n".encode()


def json_answer(connection, body, status="200 OK"):
    text = json.dumps(body).encode()
    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
                       "Connection: close\r\n\r\n".encode() + text)


def answers_rest(connection, request, slot_ms):
    """Whether this was no request for events that the node takes; then it is answered. The node knows which chain
    it is on, and little else; it serves `head` and not yet `head_v2`."""
    target = request.split(" ")[1]
    if "/eth/v1/events" in target:
        if "head_v2" not in target:
            return False
        json_answer(connection, {"code": 400, "message": "Invalid topic: head_v2"}, "400 Bad Request")
    elif "/eth/v1/beacon/genesis" in target:
        json_answer(connection, {"data": {"genesis_time": str(GENESIS), "genesis_validators_root": "0x" + "11" * 32,
                                          "genesis_fork_version": "0x00000000"}})
    elif "/eth/v1/config/spec" in target:
        json_answer(connection, {"data": {"SLOT_DURATION_MS": str(slot_ms)}})
    else:
        json_answer(connection, {"code": 404, "message": "Not found"}, "404 Not Found")
    return True


def beacon_node(gap=0.1, slot_ms=100):
    """A node that reports a new head of the clock's slot every `gap` seconds, whatever the path before the API's."""

    def script(connection, request):
        if answers_rest(connection, request, slot_ms):
            return
        connection.sendall(STREAM)
        block = 0
        while True:
            block += 1
            connection.sendall(head_event(int((time.time() - GENESIS) * 1000) // slot_ms, block))
            time.sleep(gap)

    return script


def full_pipe():
    """(reader, writer) of a pipe that takes nothing more until it is read: a writer stands still."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"\n" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"\n")
    os.set_blocking(writer, True)
    return reader, writer


def closed_port():
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Program:
    """A running headmon. Both outputs are read as they come."""

    def __init__(self, *arguments, env=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE):
        if arguments[:1] == ("run",):
            # Many run at once, and the usual ports are two.
            for option in ("--metrics-address", "--api-address"):
                if option not in arguments:
                    arguments = (*arguments, option, "127.0.0.1:0")
        self.process = subprocess.Popen(
            [HEADMON, *arguments], stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL,
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
        return code, self.out.decode(), self.err.decode()

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
