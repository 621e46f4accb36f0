"""Cameras on loopback that do what a test says: a real H.264 or H.265 picture, and every kind of misbehaviour before it."""
import base64
import contextlib
import re
import socket
import struct
import subprocess
import threading
import time

FRAME_RATE = 15


class Clip:
    """Two seconds of moving picture, encoded now: key picture each second, no B-frames."""

    def __init__(self, folder, codec="h264", size="320x180"):
        path = folder / f"{codec}-{size}.bin"
        coder = {
            "h264": ["-c:v", "libx264", "-bf", "0", "-x264-params", f"keyint={FRAME_RATE}:scenecut=0:threads=1"],
            "h265": ["-c:v", "libx265", "-x265-params", f"log-level=none:pools=1:bframes=0:keyint={FRAME_RATE}:scenecut=0"],
        }[codec]
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=size={size}:rate={FRAME_RATE}:duration=2", *coder,
             "-pix_fmt", "yuv420p", "-f", "hevc" if codec == "h265" else "h264", str(path)], check=True, timeout=60)
        self.codec = codec
        self.units = []
        self.parameter_sets = {}
        unit = []
        for nal in filter(None, re.split(b"\x00\x00\x00\x01|\x00\x00\x01", path.read_bytes())):
            kind = nal[0] & 31 if codec == "h264" else nal[0] >> 1 & 63
            if kind in ((7, 8) if codec == "h264" else (32, 33, 34)):
                self.parameter_sets[kind] = nal
            unit.append(nal)
            if kind in (1, 5) if codec == "h264" else kind < 32:
                self.units.append(unit)
                unit = []

    @property
    def description(self):
        sets = {kind: base64.b64encode(nal).decode() for kind, nal in self.parameter_sets.items()}
        if self.codec == "h264":
            form = f"H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets[7]},{sets[8]}"
        else:
            form = f"H265/90000\r\na=fmtp:96 sprop-vps={sets[32]};sprop-sps={sets[33]};sprop-pps={sets[34]}"
        return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {form}\r\na=control:track1\r\n")

    def frames(self, number, sequence):
        """Interleaved frames of one picture, and the sequence number after them (RFC 6184 5.8, RFC 7798 4.4.3)."""
        payloads = []
        for nal in self.units[number % len(self.units)]:
            head = 1 if self.codec == "h264" else 2
            parts = [nal[at:at + 1_400] for at in range(head, len(nal), 1_400)]
            if len(parts) < 2:
                payloads.append(nal)
                continue
            for at, part in enumerate(parts):
                ends = (0x80 if at == 0 else 0) | (0x40 if at == len(parts) - 1 else 0)
                if self.codec == "h264":
                    payloads.append(bytes([nal[0] & 0xE0 | 28, nal[0] & 31 | ends]) + part)
                else:
                    payloads.append(bytes([nal[0] & 0x81 | 49 << 1, nal[1], nal[0] >> 1 & 63 | ends]) + part)
        written = b""
        for at, payload in enumerate(payloads):
            marker = 0x80 if at == len(payloads) - 1 else 0
            stamp = number * 90_000 // FRAME_RATE & 0xFFFFFFFF
            packet = struct.pack(">BBHII", 0x80, marker | 96, sequence & 0xFFFF, stamp, 1) + payload
            written += b"$\x00" + struct.pack(">H", len(packet)) + packet
            sequence += 1
        return written, sequence


class Dialogue:
    """One connection of the gateway to a camera, as its script sees it."""

    def __init__(self, connection):
        self.connection = connection
        self.unread = b""

    def request(self):
        """Method and headers of the next request."""
        while b"\r\n\r\n" not in self.unread:
            received = self.connection.recv(65_536)
            if not received:
                raise ConnectionError("the gateway went")
            self.unread += received
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(":", 1) for line in lines[1:] if ":" in line)
        for line in lines[1:]:
            if line.lower().startswith("authorization:"):
                headers["authorization"] = line.split(":", 1)[1].strip()
        return lines[0].split(" ")[0], headers

    def send(self, data):
        self.connection.sendall(data)

    def reply(self, headers, status="200 OK", extra="", body=""):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.send(f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0').strip()}\r\n{extra}{length}\r\n{body}".encode())

    def until_play(self, description):
        while True:
            method, headers = self.request()
            if method == "DESCRIBE":
                self.reply(headers, extra="Content-Type: application/sdp\r\n", body=description)
            elif method == "SETUP":
                self.reply(headers, extra="Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n")
            else:
                self.reply(headers, extra="Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n" if method == "OPTIONS" else "")
            if method == "PLAY":
                return

    def play(self, clip, seconds=600):
        began = time.monotonic()
        sequence = 0
        for number in range(int(seconds * FRAME_RATE)):
            written, sequence = clip.frames(number, sequence)
            self.send(written)
            time.sleep(max(0, began + (number + 1) / FRAME_RATE - time.monotonic()))


@contextlib.contextmanager
def camera(script):
    """A listening camera's port; `script(dialogue, number)` is run for each connection on a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve(connection, number):
        with contextlib.suppress(OSError), connection:
            script(Dialogue(connection), number)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                threading.Thread(target=serve, args=(connection, len(held) - 1), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
