"""A TCP relay between the gateway and its cameras that breaks them: one listening port a camera, one camera behind each.

Every few seconds it picks a camera that is well and does one of this to it:

- `reset`, `close`   ends its connections, by RST or FIN
- `freeze`           forwards nothing for a while, and closes nothing: power loss, a dead link
- `refuse`           ends its connections and listens no more for a while
- `slow`             forwards a trickle for a while
- `flip`, `drop`, `double`, `insert`   corrupts what comes from the camera: bits, missing, repeated, foreign bytes

It reports `("fault", camera, kind, from, until)` and `("connected", camera, time)`, times of `time.monotonic()`.
"""
import contextlib
import random
import select
import socket
import struct
import time

KINDS = ("reset", "close", "freeze", "refuse", "slow", "flip", "drop", "double", "insert")
CORRUPTIONS = ("flip", "drop", "double", "insert")
# Bytes that may wait in the relay for a gateway that does not read.
MOST_WAITING = 1 << 18
SLOW_BYTES_A_TICK = 512
TICK = 0.1
READ = 65_536


class Pair:
    """One connection of the gateway and the one to the camera that answers it."""

    def __init__(self, camera, gateway, upstream):
        self.camera = camera
        self.sockets = (gateway, upstream)
        self.waiting = {gateway: bytearray(), upstream: bytearray()}

    def other(self, sock):
        return self.sockets[1] if sock is self.sockets[0] else self.sockets[0]


class Camera:
    def __init__(self, number, port):
        self.number = number
        self.port = port
        self.listener = None
        self.pairs = set()
        self.fault = None
        self.until = 0.0
        # Reads that are still to be corrupted.
        self.spoiled_reads = 0


def corrupt(kind, data, chance):
    """`data` with one fault of a kind in it."""
    if not data:
        return data
    start = chance.randrange(len(data))
    count = min(chance.choice((1, 3, 40, 700)), len(data) - start)
    if kind == "flip":
        spoiled = bytearray(data)
        for index in range(start, start + count):
            spoiled[index] ^= 1 << chance.randrange(8)
        return bytes(spoiled)
    if kind == "drop":
        return data[:start] + data[start + count:]
    if kind == "double":
        return data[:start + count] + data[start:]
    return data[:start] + chance.randbytes(count) + data[start:]


class Relay:
    def __init__(self, ports, upstream, every, seed, report):
        self.cameras = {number: Camera(number, port) for number, port in ports.items()}
        self.upstream = upstream
        self.every = every
        self.chance = random.Random(seed)
        self.report = report
        self.poll = select.epoll()
        self.owners = {}
        self.next_fault = None
        for camera in self.cameras.values():
            self.listen(camera)

    # Connections

    def listen(self, camera):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", camera.port))
        listener.listen(16)
        listener.setblocking(False)
        camera.listener = listener
        self.owners[listener.fileno()] = (camera, listener)
        self.poll.register(listener.fileno(), select.EPOLLIN)

    def forget(self, sock):
        number = sock.fileno()
        if number >= 0 and self.owners.pop(number, None):
            with contextlib.suppress(OSError):
                self.poll.unregister(number)

    def accept(self, camera):
        with contextlib.suppress(OSError):
            gateway, _ = camera.listener.accept()
            self.report(("connected", camera.number, time.monotonic()))
            try:
                upstream = socket.create_connection(self.upstream, timeout=2)
            except OSError:
                gateway.close()
                return
            pair = Pair(camera, gateway, upstream)
            camera.pairs.add(pair)
            for sock in pair.sockets:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.owners[sock.fileno()] = (pair, sock)
                self.poll.register(sock.fileno(), 0)
            self.interest(pair)

    def end(self, pair, abruptly=False):
        for sock in pair.sockets:
            self.forget(sock)
            if abruptly:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        pair.camera.pairs.discard(pair)

    def interest(self, pair):
        """What epoll waits for: reads unless the camera is frozen or slow, or too much waits on the other side."""
        for sock in pair.sockets:
            events = select.EPOLLOUT if pair.waiting[sock] and pair.camera.fault != "freeze" else 0
            if pair.camera.fault not in ("freeze", "slow") and len(pair.waiting[pair.other(sock)]) < MOST_WAITING:
                events |= select.EPOLLIN
            with contextlib.suppress(OSError):
                self.poll.modify(sock.fileno(), events)

    def read(self, pair, sock, limit=READ):
        try:
            data = sock.recv(limit)
        except BlockingIOError:
            return
        except OSError:
            return self.end(pair, abruptly=True)
        if not data:
            return self.end(pair)
        camera = pair.camera
        if sock is pair.sockets[1] and camera.spoiled_reads:
            camera.spoiled_reads -= 1
            data = corrupt(camera.fault, data, self.chance)
            if not camera.spoiled_reads:
                camera.until = time.monotonic()
        self.write(pair, pair.other(sock), data)

    def write(self, pair, sock, data):
        waiting = pair.waiting[sock]
        if not waiting:
            try:
                data = data[sock.send(data):]
            except BlockingIOError:
                pass
            except OSError:
                return self.end(pair, abruptly=True)
            if not data:
                return
        waiting += data
        self.interest(pair)

    def flush(self, pair, sock):
        waiting = pair.waiting[sock]
        try:
            del waiting[:sock.send(waiting)]
        except BlockingIOError:
            return
        except OSError:
            return self.end(pair, abruptly=True)
        self.interest(pair)

    # Faults

    def strike(self, now):
        """Something happens to a camera that is well and connected."""
        well = [camera for camera in self.cameras.values() if camera.fault is None and camera.pairs]
        if not well:
            return
        camera = self.chance.choice(well)
        kind = self.chance.choice(KINDS)
        lasting = {"freeze": (5, 40), "refuse": (2, 60), "slow": (10, 30)}.get(kind)
        seconds = self.chance.uniform(*lasting) if lasting else 10 if kind in CORRUPTIONS else 0
        camera.fault = kind
        camera.until = now + seconds
        self.report(("fault", camera.number, kind, now, camera.until))
        if kind in ("reset", "close", "refuse"):
            for pair in list(camera.pairs):
                self.end(pair, abruptly=kind == "reset")
        if kind == "refuse":
            self.forget(camera.listener)
            camera.listener.close()
            camera.listener = None
        if kind in CORRUPTIONS:
            camera.spoiled_reads = self.chance.choice((1, 1, 5, 25))
        for pair in camera.pairs:
            self.interest(pair)

    def tick(self, now):
        if self.next_fault is not None and now >= self.next_fault:
            self.strike(now)
            self.next_fault = now + self.every * self.chance.uniform(0.5, 1.5)
        for camera in self.cameras.values():
            if camera.fault is None:
                continue
            if camera.fault == "slow":
                for pair in list(camera.pairs):
                    for sock in pair.sockets:
                        if pair in camera.pairs:
                            self.read(pair, sock, SLOW_BYTES_A_TICK)
            if now >= camera.until:
                camera.fault = None
                camera.spoiled_reads = 0
                if camera.listener is None:
                    self.listen(camera)
                for pair in camera.pairs:
                    self.interest(pair)

    def run(self, orders):
        """Until `orders`, a pipe, ends; faults begin with its first word."""
        self.poll.register(orders.fileno(), select.EPOLLIN)
        next_tick = time.monotonic()
        while True:
            for number, events in self.poll.poll(TICK):
                if number == orders.fileno():
                    try:
                        orders.recv()
                    except EOFError:
                        return
                    self.next_fault = time.monotonic()
                    continue
                owner, sock = self.owners.get(number, (None, None))
                if isinstance(owner, Camera):
                    self.accept(owner)
                    continue
                if owner and events & select.EPOLLOUT:
                    self.flush(owner, sock)
                if number in self.owners and events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                    if owner.camera.fault == "freeze":
                        # The kernel reports an end even of what nobody waits for.
                        if events & (select.EPOLLHUP | select.EPOLLERR):
                            self.end(owner)
                    else:
                        self.read(owner, sock)
            now = time.monotonic()
            if now >= next_tick:
                self.tick(now)
                next_tick = now + TICK


def run(ports, upstream, every, seed, orders, reports):
    """Entry of the relay's process."""
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        Relay(ports, upstream, every, seed, reports.send).run(orders)

