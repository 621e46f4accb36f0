#!/usr/bin/env python3
"""Makes a load test's cameras camera points of a gateway, links them, and writes ticketed URLs for players.

Starts a gateway on a new data folder, imports one government-built point a camera of the source, opens as many incidents
as their links need, links every point (which keeps its feed warm), and waits until all of them flow. Then it writes one
URL a line into the file of --urls and prints one line of JSON: the gateway's pid and addresses. Tickets are to be used
within their minute. Ends the gateway with Ctrl-C, or when its standard input ends.

    Scripts/load_points.py --source 'rtsp://127.0.0.1:9555/cam/%04d' --cameras 100 --players 100 --urls /tmp/urls.txt
"""
import argparse
import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests" / "EndToEnd"))

COLUMNS = ["设备编码", "编码规则版本", "点位名称", "接入方式", "来源类别", "点位类型", "场所类型", "场所确认", "覆盖范围", "详细地址",
           "行政区划", "经度", "纬度", "坐标系", "主码流地址", "权属单位", "联系电话", "牵头责任单位", "录像保存天数", "设备状态"]


def camera_url(source, number):
    """`%04d` becomes the camera's number, `%h` its own loopback address, as `lookout-load source --own-hosts` has it."""
    source = source.replace("%h", f"127.0.{1 + (number - 1) // 250}.{1 + (number - 1) % 250}")
    return source % number if "%" in source else source


def inventory(source, cameras):
    """A file of direct points, one a camera."""
    rows = [",".join(COLUMNS)]
    for number in range(1, cameras + 1):
        rows.append(",".join([
            f"51132100041320{number:06d}", "2022", f"负载点位{number:04d}", "直接接入", "政府自建", "一类点", "路口", "", "街面",
            f"测试路{number}号", "南隆街道", f"{106.05 + number % 40 * 0.001:.6f}", f"{31.34 + number // 40 * 0.001:.6f}", "WGS84",
            camera_url(source, number), "县公安局", "0817-5551007", "县公安局", "30", "在用"]))
    return "\r\n".join(rows).encode() + b"\r\n"


def configuration(folder, http_port, rtsp_port):
    text = (f'dataDirectory: "{folder}"\nhttp:\n  port: {http_port}\nrtsp:\n  port: {rtsp_port}\n'
            'probes:\n  intervalMinutes: 1440\nfootage:\n  reserveGiB: 0\n')
    path = pathlib.Path(folder).parent / "load.yaml"
    path.write_text(text)
    return path


class LoadedGateway:
    """A gateway on a new data folder for the time of a `with`, with an operator who can link and issue tickets.

    LOOKOUT_BINARY names the program; `environment` is added to its environment.
    """

    def __init__(self, environment=None):
        import gateway
        self.gateway = gateway
        self.environment = environment
        self.links = []

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="lookout-load-")
        http_port, rtsp_port = self.gateway.free_port(), self.gateway.free_port()
        file = configuration(self.data, http_port, rtsp_port)
        environment = {**os.environ, **self.environment} if self.environment else None
        self.process = self.gateway.Process(["serve", "--config", str(file)], env=environment)
        self.base = f"http://127.0.0.1:{http_port}"
        try:
            self.add_people()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.process.stop()
        finally:
            self.scratch.cleanup()

    @property
    def data(self):
        """Its data folder."""
        return str(pathlib.Path(self.scratch.name) / "data")

    @property
    def pid(self):
        return self.process.process.pid

    def add_people(self):
        signed, issued = signed_in_people(self.process, self.gateway, self.base)
        self.administrator, self.operator = signed["administrator"], signed["operator"]
        self.operator_password = issued["operator"]["password"]

    def add_points(self, source, cameras):
        register(self.administrator, source, cameras)

    @property
    def points(self):
        return sorted(self.operator.items("camera-points?limit=200"), key=lambda point: point["gbCode"])

    def link(self, record=False):
        """Links every point, and waits until all of them flow."""
        self.links = link(self.operator, self.points, record)
        self.gateway.wait_until("all feeds flow", lambda: flowing(self.operator) >= len(self.links), seconds=60, step=0.5)

    def wait_until_probed(self):
        """The first round of probes works beside everything else."""
        self.gateway.wait_until("first round of probes", lambda: all(
            point["health"]["state"] != "unknown" for point in self.points), seconds=90, step=0.5)

    def tickets(self, count):
        """Tickets of so many players: player j gets camera j modulo the links."""
        for player in range(count):
            incident, link_id = self.links[player % len(self.links)]
            yield self.operator.post(f"incidents/{incident}/links/{link_id}/tickets", {"purpose": "incident", "stream": "main"})


def people(process, gateway, base):
    """Signed-in clients by role, of a gateway that has just been started on an empty folder."""
    return signed_in_people(process, gateway, base)[0]


def signed_in_people(process, gateway, base):
    name, password = re.search(r"administrator «(.+)», password (\S+)", process.next_line(20)).groups()
    administrator = gateway.Client(base)
    gateway.wait_until("sign-in", lambda: signed_in(administrator, name, password))
    issued = {role: administrator.post("accounts", {"name": f"load-{role}", "role": role, "unit": "负载测试"})
              for role in ("operator", "leadDepartment")}
    signed = {role: gateway.Client(base).sign_in(f"load-{role}", body["password"]) for role, body in issued.items()}
    return {**signed, "administrator": administrator}, issued


def register(administrator, source, cameras):
    report = administrator.json("POST", "camera-points/import?accessMethod=direct", inventory(source, cameras))
    if report["accepted"] != cameras:
        raise SystemExit(f"import failed: {json.dumps(report['faults'][:5], ensure_ascii=False)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, help="RTSP URL of the cameras; %%04d becomes the camera's number from 1")
    parser.add_argument("--cameras", type=int, required=True)
    parser.add_argument("--players", type=int, default=0, help="URLs to write; player j gets camera j %% cameras + 1")
    parser.add_argument("--urls", help="file of the URLs")
    parser.add_argument("--record", action="store_true", help="record the linked points")
    parser.add_argument("--no-links", action="store_true", help="register the points only")
    parser.add_argument("--binary", default=os.environ.get("LOOKOUT_BINARY", ".build/release/lookout"))
    options = parser.parse_args()
    os.environ["LOOKOUT_BINARY"] = options.binary
    try:
        with LoadedGateway() as loaded:
            load(loaded, options)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            sys.stdin.read()
    except KeyboardInterrupt:
        pass


def load(loaded, options):
    loaded.add_points(options.source, options.cameras)
    if not options.no_links:
        loaded.link(options.record)
    if options.urls:
        with open(options.urls, "w") as urls:
            urls.writelines(ticket["rtsp"] + "\n" for ticket in loaded.tickets(options.players))
    print(json.dumps({"pid": loaded.pid, "console": loaded.base, "points": options.cameras, "links": len(loaded.links),
                      "operator": {"name": "load-operator", "password": loaded.operator_password}}), flush=True)


def signed_in(client, name, password):
    try:
        return client.sign_in(name, password)
    except OSError:  # not listening yet
        return None


def flowing(operator):
    return sum(feed["state"] == "live" for feed in operator.items("feeds"))


def link(operator, points, record, per_incident=32):
    """(incident, link) of each point, in the points' order."""
    links = []
    for start in range(0, len(points), per_incident):
        incident = operator.post("incidents", {
            "title": f"负载测试{start // per_incident + 1}", "category": "accident", "level": "IV",
            "location": points[start]["location"], "address": "测试路", "isDrill": False})
        for point in points[start:start + per_incident]:
            body = {"cameraPointId": point["id"], "record": record, "ground": "accident", "reason": "负载测试"}
            links.append((incident["id"], operator.post(f"incidents/{incident['id']}/links", body)["id"]))
    return links


if __name__ == "__main__":
    main()
