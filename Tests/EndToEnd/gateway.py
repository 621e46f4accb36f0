"""Drives a Lookout process from outside: starts the demo or the daemon, speaks its HTTP API."""
import contextlib
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = str((ROOT / os.environ.get("LOOKOUT_BINARY", ".build/release/lookout")).resolve())


def free_port():
    """Below the range from which the kernel takes ports for outgoing connections, so that none comes in between."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), contextlib.closing(socket.socket()) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port


def wait_until(what, condition, seconds=20, step=0.05):
    """The condition's first true value; fails with `what` when the time is over."""
    deadline = time.monotonic() + seconds
    value = None
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(step)
    raise AssertionError(f"not within {seconds} s: {what} (last seen: {value!r})")


class APIError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body

    @property
    def reason(self):
        return (self.body.get("error") or {}).get("reason") if isinstance(self.body, dict) else None


class Client:
    """One signed-in person."""

    def __init__(self, base):
        self.base = base
        self.token = None

    def sign_in(self, name, password):
        session = self.post("sessions", {"name": name, "password": password})
        self.token = session["token"]
        return self

    def request(self, method, path, body=None, timeout=30):
        url = path if path.startswith("http") else f"{self.base}/api/v1/{path}" if not path.startswith("/") else self.base + path
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        if body is not None:
            request.add_header("Content-Type", "text/csv" if isinstance(body, bytes) else "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                raise APIError(error.code, json.loads(text)) from None
            except ValueError:
                raise APIError(error.code, text) from None

    def json(self, method, path, body=None):
        with self.request(method, path, body) as response:
            text = response.read()
        return json.loads(text) if text else None

    def get(self, path):
        return self.json("GET", path)

    def post(self, path, body):
        return self.json("POST", path, body)

    def put(self, path, body):
        return self.json("PUT", path, body)

    def delete(self, path):
        return self.json("DELETE", path)

    def items(self, path):
        """All items of a list, page by page."""
        found, cursor = [], None
        while True:
            joint = "&" if "?" in path else "?"
            page = self.get(path + (f"{joint}cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page.get("nextCursor")
            if not cursor:
                return found


class Process:
    """A Lookout process whose output is kept line by line."""

    def __init__(self, arguments, **options):
        self.lines = []
        self.errors = []
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            errors="replace", **options)
        self.first_lines = queue.Queue()
        self._threads = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines, self.first_lines), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors, None), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(stream, lines, copy):
        for line in stream:
            lines.append(line.rstrip("\n"))
            if copy:
                copy.put(line)

    @property
    def output(self):
        return "\n".join(self.lines + self.errors)

    def next_line(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                return self.first_lines.get(timeout=0.1)
            if self.process.poll() is not None and self.first_lines.empty():
                break
        raise AssertionError(f"no line within {seconds} s; exit {self.process.poll()}; said:\n{self.output[-4000:]}")

    def stop(self, sign=signal.SIGTERM, seconds=15):
        """Exit status and how long the end took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {seconds} s of {sign!r}; said:\n{self.output[-4000:]}") from None
        for thread in self._threads:
            thread.join(2)
        return status, time.monotonic() - began


class Demo:
    """`lookout demo --json`, ready."""

    def __init__(self, folder, seconds=60, clips=os.environ.get("LOOKOUT_CLIPS")):
        """`clips`: a folder of clips that an earlier demo encoded, to save that work."""
        self.folder = str(folder)
        self.encoded = not clips
        if clips:
            shutil.copytree(clips, pathlib.Path(folder) / "clips", dirs_exist_ok=True)
        self.http_port = free_port()
        self.rtsp_port = free_port()
        self.process = Process(
            ["demo", "--json", "--port", str(self.http_port), "--rtsp-port", str(self.rtsp_port), "--data-dir", self.folder],
            cwd=ROOT)
        try:
            self.ready = json.loads(self.process.next_line(seconds))
        except BaseException:
            self.process.process.kill()
            raise
        self.seconds_to_ready = time.monotonic() - self.process.started
        self.base = f"http://127.0.0.1:{self.http_port}"

    def client(self, role="operator"):
        account = next(account for account in self.ready["accounts"] if account["role"] == role)
        return Client(self.base).sign_in(account["name"], account["password"])

    @property
    def incident(self):
        incident = self.ready["incident"]
        return incident["id"] if isinstance(incident, dict) else incident

    def stop(self, sign=signal.SIGTERM, seconds=15):
        return self.process.stop(sign, seconds)
