"""What the test with a real Prometheus needs: processes that end with it, and Prometheus's API."""
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

END_MAX = 20
REQUEST_MAX = 20
GRAFANA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "metrics", "grafana")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def die_with_parent():
    """So that no process outlives a test that was itself killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Process:
    """A process whose output goes into a file, so that nobody need read it."""

    def __init__(self, name, folder, *command):
        self.name = name
        self.path = os.path.join(folder, f"{name}.log")
        with open(self.path, "wb") as log:
            # Not a thread's parent but the process's: it is started from the main thread.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                            preexec_fn=die_with_parent)

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """SIGTERM, and SIGKILL for what does not obey; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def wait_for(condition, what, seconds):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {seconds} s")
        time.sleep(0.1)


def get(url):
    with urllib.request.urlopen(url, timeout=REQUEST_MAX) as answer:
        return answer.read().decode()


class Prometheus:
    """Prometheus's HTTP API."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"

    def ready(self):
        try:
            return get(f"{self.base}/-/ready") != ""
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, path, parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            answer = json.loads(get(f"{self.base}/api/v1/{path}?{query}"))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        if answer.get("warnings"):
            raise AssertionError(f"{parameters}: {answer['warnings']}")
        return answer["data"]

    def moments(self, expression, begin, end):
        """How many numbers the expression gives over the seconds from `begin` to `end`."""
        found = self.ask("query_range", {"query": expression, "start": begin, "end": end, "step": 1})["result"]
        return sum(value != "NaN" for series in found for _, value in series["values"])

    def label_values(self, label, selector, begin, end):
        return self.ask(f"label/{label}/values", {"match[]": selector, "start": begin, "end": end})

    def rules(self):
        return [rule for group in self.ask("rules", {})["groups"] for rule in group["rules"]]


def load_dashboards():
    dashboards = {}
    for name in sorted(os.listdir(GRAFANA)):
        with open(os.path.join(GRAFANA, name), encoding="utf-8") as file:
            dashboards[name] = json.load(file)
    return dashboards


def fill_in(text, values):
    """As Grafana does it with the variables of a dashboard."""
    filled = re.sub(r"\$\{?(\w+)\}?", lambda match: values[match[1]], text)
    assert "$" not in filled, filled
    return filled


def questions(dashboard):
    """(where, expression) for each query that opening the dashboard sends."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"panel {panel['title']} {target['refId']}", target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"]


def names_in(expressions):
    """The names of headmon's own metrics in expressions; a histogram's series count for it."""
    names = set()
    for expression in expressions:
        for name in re.findall(r"\bvc_head_monitor_\w+", expression):
            names.add(re.sub(r"_(bucket|sum|count)$", "", name))
    return names
