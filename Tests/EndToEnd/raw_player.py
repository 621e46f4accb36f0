"""An RTSP client of sockets and text, for what no proper player does."""
import socket
import urllib.parse


class RawPlayer:
    def __init__(self, url, receive_buffer=None):
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self.base = url.split("?")[0]
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect((parts.hostname, parts.port))
        self.sequence = 0
        self.session = None
        self.frames = 0
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _read(self, count):
        while len(self.unread) < count:
            bytes_ = self.socket.recv(65_536)
            if not bytes_:
                raise ConnectionError("the gateway closed")
            self.unread += bytes_
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def ask(self, method, uri=None, *headers):
        """The status of the answer; pictures before it are counted. `None`: the gateway closed the connection."""
        self.sequence += 1
        lines = [f"{method} {uri or self.base + '/'} RTSP/1.0", f"CSeq: {self.sequence}", *headers]
        if self.session:
            lines.append(f"Session: {self.session}")
        try:
            self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
            return self._answer()
        except (ConnectionError, TimeoutError):
            return None

    def _answer(self):
        head = b""
        while b"\r\n\r\n" not in head:
            if not head and self._skip_frame():
                continue
            head += self._read(1)
        lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self._read(int(fields.get("content-length", 0)))
        if "session" in fields:
            self.session = fields["session"].split(";")[0]
        return int(lines[0].split()[1])

    def _skip_frame(self):
        first = self._read(1)
        if first != b"$":
            self.unread = first + self.unread
            return False
        header = self._read(3)
        self._read(int.from_bytes(header[1:], "big"))
        self.frames += 1
        return True

    def prepare(self):
        """DESCRIBE and SETUP."""
        assert self.ask("DESCRIBE", self.url, "Accept: application/sdp") == 200
        assert self.ask("SETUP", self.base + "/track1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1") == 200

    def is_closed_within(self, seconds):
        """Reads on; whether the gateway ends the connection in time."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65_536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True
