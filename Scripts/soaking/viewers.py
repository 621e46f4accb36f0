"""The viewers of a soak: players over RTSP and over HTTP in one epoll loop, some of which read at a trickle.

A viewer connects again only if its connection ended. Reported are, with times of `time.monotonic()`:
`("end", viewer, reason, time)`, `("gap", viewer, packets, time)`, `("back", viewer, ticks, time)` for media time that ran
backwards, `("resumed", viewer, time)` for the first bytes after a pause of more than three seconds, and
`("progress", {viewer: (bytes, time of the last byte)}, passers)`.
"""
import contextlib
import queue
import select
import socket
import struct
import threading
import time
import urllib.parse

from raw_player import RawPlayer

READ = 262_144
KEEP_ALIVE_SECONDS = 25
TRICKLE_BYTES = 1_024


class Viewer:
    """`form` is `rtsp` or `live`, the names of a ticket's URLs."""

    def __init__(self, name, camera, form, is_slow, report):
        self.name = name
        self.camera = camera
        self.form = form
        self.is_slow = is_slow
        self.report = report
        self.socket = None
        self.player = None
        self.total = 0
        self.last_byte = time.monotonic()
        self.next_keep_alive = None
        self.sequence = self.time = None

    def connect(self, ticket):
        """Blocks until the gateway answered; the bytes after its answer are kept."""
        receive_buffer = 4_096 if self.is_slow else None
        self.sequence = self.time = None
        if self.form == "rtsp":
            player = RawPlayer(ticket["rtsp"], receive_buffer)
            player.prepare()
            status = player.ask("PLAY")
            if status != 200:
                raise ConnectionError(f"PLAY was answered by {status}")
            self.player = player
            self.socket, self.unread = player.socket, bytearray(player.unread)
        else:
            self.socket, self.unread = open_live(ticket["live"], receive_buffer)
            self.movie = bytearray()
            self.chunk = 0
        self.last_byte = time.monotonic()
        self.socket.setblocking(False)

    def take(self, limit):
        """Reads once. Why the connection ended, or `None`."""
        try:
            data = self.socket.recv(limit)
        except BlockingIOError:
            return None
        except OSError as error:
            return f"broken: {error.strerror}"
        if not data:
            return "closed by the gateway"
        now = time.monotonic()
        if now - self.last_byte > 3:
            self.report(("resumed", self.name, now))
        self.last_byte = now
        self.total += len(data)
        self.unread += data
        return self.frames(now) if self.form == "rtsp" else self.chunks(now)

    def keep_alive(self, now):
        """Half of the RTSP viewers send keep-alives, as half of all players do."""
        if self.form != "rtsp" or self.name % 2:
            return
        if self.next_keep_alive and now < self.next_keep_alive:
            return
        self.next_keep_alive = now + KEEP_ALIVE_SECONDS
        player = self.player
        player.sequence += 1
        with contextlib.suppress(OSError):
            self.socket.send(f"GET_PARAMETER {player.base}/ RTSP/1.0\r\nCSeq: {player.sequence}\r\nSession: {player.session}\r\n\r\n".encode())

    # RTSP

    def frames(self, now):
        data = self.unread
        at = 0
        while len(data) - at >= 4:
            if data[at] == 0x24:
                end = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if end > len(data):
                    break
                if data[at + 1] == 0:
                    if end - at < 16:
                        return "a packet shorter than its header"
                    self.packet(struct.unpack_from(">HI", data, at + 6), now)
                at = end
            elif data[at:at + 4] == b"RTSP":
                end = data.find(b"\r\n\r\n", at)
                if end < 0:
                    break
                at = end + 4
            else:
                return f"framing lost: {bytes(data[at:at + 8]).hex()}"
        del data[:at]
        return None

    def packet(self, numbers, now):
        sequence, timestamp = numbers
        if self.sequence is not None:
            missing = (sequence - self.sequence - 1) & 0xFFFF
            if missing:
                self.report(("gap", self.name, missing, now))
            step = (timestamp - self.time + (1 << 31)) % (1 << 32) - (1 << 31)
            if step < 0:
                self.report(("back", self.name, -step, now))
        self.sequence, self.time = sequence, timestamp

    # fMP4 in HTTP chunks

    def chunks(self, now):
        data = self.unread
        at = 0
        while True:
            if self.chunk:
                count = min(self.chunk, len(data) - at)
                if not count:
                    break
                payload = count if self.chunk > 2 else 0
                payload = min(count, self.chunk - 2) if payload else 0
                self.movie += data[at:at + payload]
                self.chunk -= count
                at += count
                continue
            end = data.find(b"\r\n", at, at + 20)
            if end < 0:
                if len(data) - at >= 20:
                    return "a chunk without length"
                break
            try:
                self.chunk = int(data[at:end], 16) + 2
            except ValueError:
                return "a chunk of bad length"
            if self.chunk == 2:
                return "ended by the gateway"
            at = end + 2
        del data[:at]
        return self.boxes(now)

    def boxes(self, now):
        movie = self.movie
        at = 0
        while len(movie) - at >= 8:
            size, kind = struct.unpack_from(">I4s", movie, at)
            if size < 8 or kind not in (b"ftyp", b"moov", b"moof", b"mdat"):
                return f"a box «{kind!r}» of {size} bytes"
            if size > len(movie) - at:
                break
            if kind == b"moov":
                self.sequence = self.time = None
            elif kind == b"moof":
                self.fragment(movie[at:at + size], now)
            at += size
        del movie[:at]
        return None

    def fragment(self, box, now):
        sequence = struct.unpack_from(">I", box, box.index(b"mfhd") + 8)[0]
        position = box.index(b"tfdt")
        decode_time = struct.unpack_from(">Q" if box[position + 4] else ">I", box, position + 8)[0]
        if self.sequence is not None:
            if sequence != self.sequence + 1:
                self.report(("gap", self.name, sequence - self.sequence - 1, now))
            if decode_time <= self.time:
                self.report(("back", self.name, self.time - decode_time, now))
        self.sequence, self.time = sequence, decode_time


def open_live(url, receive_buffer):
    """The connection after the head of the gateway's answer, and what came behind that."""
    parts = urllib.parse.urlsplit(url)
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(10)
    sock.connect((parts.hostname, parts.port))
    sock.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    head = bytearray()
    while b"\r\n\r\n" not in head:
        data = sock.recv(READ)
        if not data:
            raise ConnectionError("closed before an answer")
        head += data
    end = head.index(b"\r\n\r\n") + 4
    if b" 200 " not in head[:16] or b"chunked" not in head[:end].lower():
        raise ConnectionError(bytes(head[:60]).decode(errors="replace"))
    return sock, head[end:]


class Audience:
    """All viewers. Connections are made on a thread of their own and handed to the loop."""

    def __init__(self, plan, ticket, report):
        self.viewers = [Viewer(index, camera, form, is_slow, report) for index, (camera, form, is_slow) in enumerate(plan)]
        self.ticket = ticket
        self.report = report
        self.poll = select.epoll()
        self.by_number = {}
        self.wanted = queue.Queue()
        self.connected = queue.Queue()
        self.passers = 0

    def connect_all(self):
        """On a thread: connects who waits; a refusal is tried again and is no end of a view."""
        while True:
            viewer = self.wanted.get()
            try:
                viewer.connect(self.ticket(viewer.camera))
                self.connected.put(viewer)
            except Exception as error:  # a camera that is broken now is not described
                self.report(("refused", viewer.name, f"{type(error).__name__}: {error}", time.monotonic()))
                threading.Timer(3, self.wanted.put, (viewer,)).start()

    def pass_by(self, cameras, seconds):
        """On a thread: somebody looks in, and goes without a word."""
        while True:
            time.sleep(seconds)
            passer = Viewer(-1, next(cameras), "live" if self.passers % 3 == 2 else "rtsp", False, lambda _: None)
            with contextlib.suppress(Exception):  # may fall on a broken camera
                passer.connect(self.ticket(passer.camera))
                passer.socket.settimeout(2)
                passer.socket.recv(READ)
            if passer.socket:
                passer.socket.close()
            self.passers += 1

    def end(self, viewer, reason):
        self.poll.unregister(viewer.socket.fileno())
        del self.by_number[viewer.socket.fileno()]
        viewer.socket.close()
        self.report(("end", viewer.name, reason, time.monotonic()))
        self.wanted.put(viewer)

    def run(self, orders):
        for viewer in self.viewers:
            self.wanted.put(viewer)
        slow = [viewer for viewer in self.viewers if viewer.is_slow]
        next_second = next_report = time.monotonic()
        while not orders.poll():
            with contextlib.suppress(queue.Empty):
                while True:
                    viewer = self.connected.get_nowait()
                    self.by_number[viewer.socket.fileno()] = viewer
                    self.poll.register(viewer.socket.fileno(), 0 if viewer.is_slow else select.EPOLLIN)
            for number, _ in self.poll.poll(0.2):
                viewer = self.by_number[number]
                reason = viewer.take(READ)
                if reason:
                    self.end(viewer, reason)
            now = time.monotonic()
            if now >= next_second:
                next_second = now + 1
                for viewer in list(self.by_number.values()):
                    viewer.keep_alive(now)
                for viewer in slow:
                    reason = viewer.take(TRICKLE_BYTES) if viewer in self.by_number.values() else None
                    if reason:
                        self.end(viewer, reason)
            if now >= next_report:
                next_report = now + 5
                self.report(("progress", {
                    viewer.name: (viewer.total, viewer.last_byte) for viewer in self.by_number.values()}, self.passers))


def run(plan, ticket, passing, orders, reports):
    """Entry of the viewers' process. `passing`: cameras that passers-by look at, endless, and the seconds between them."""
    lock = threading.Lock()

    def report(message):
        with lock:
            reports.send(message)

    audience = Audience(plan, ticket, report)
    threading.Thread(target=audience.connect_all, daemon=True).start()
    threading.Thread(target=audience.pass_by, args=passing, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError, EOFError):
        audience.run(orders)
