"""The animated preview, in clients that were not written here."""
import subprocess
import urllib.parse

import pytest
from browser import chromium, sign_in
from gateway import APIError, wait_until
from test_hls import active
from test_transcode import incident_of


def address(operator, incident, link, stream="sub"):
    return operator.post(f"incidents/{incident}/links/{link['id']}/tickets", {"purpose": "incident", "stream": stream})["preview"]


def pictures(body):
    """The JPEG files of a multipart body, by its own boundary and lengths."""
    found, rest = [], body
    while (start := rest.find(b"Content-Length: ")) >= 0:
        head, _, rest = rest[start + 16:].partition(b"\r\n\r\n")
        length = int(head.split(b"\r\n")[0])
        if len(rest) < length:
            break
        assert rest[:2] == b"\xff\xd8" and rest[length - 2:length] == b"\xff\xd9"
        assert rest[length:].startswith(b"\r\n--lookout-picture\r\n"[:len(rest) - length])
        found.append(rest[:length])
        rest = rest[length:]
    return found


def test_curl_takes_a_picture_for_each_key_picture(demo, operator):
    url = address(operator, demo.incident, active(operator, demo)[0])
    result = subprocess.run(["curl", "-sN", "-D", "/dev/stderr", "--max-time", "9", url], capture_output=True, timeout=20, check=False)
    assert b"multipart/x-mixed-replace; boundary=lookout-picture" in result.stderr and b"no-store" in result.stderr
    found = pictures(result.stdout)
    assert 3 <= len(found) <= 18 and len(set(found)) >= 3, (len(found), len(set(found)))


@pytest.mark.parametrize("count", [1])
def test_ffmpeg_decodes_h265_as_mpjpeg(demo, operator, count):
    with incident_of(demo, operator, count, "--width", "1280", "--height", "720") as (incident, [link]):
        result = subprocess.run(
            ["ffprobe", "-v", "error", "-f", "mpjpeg", "-read_intervals", "%+#4", "-count_frames", "-show_entries",
             "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", address(operator, incident, link, "main")],
            capture_output=True, text=True, timeout=40, check=False)
        assert result.stdout.strip() == "mjpeg,640,360,4", result


def test_a_browser_shows_it_in_an_img(demo, operator, tmp_path):
    path = urllib.parse.urlsplit(address(operator, demo.incident, active(operator, demo)[0]))
    with chromium(tmp_path, 800, 600) as driver:
        sign_in(driver, demo.base, next(each for each in demo.ready["accounts"] if each["role"] == "operator"))
        driver.execute_script("""
            window.picture = new Image(); window.picture.src = arguments[0]; document.body.append(window.picture);""",
            f"{path.path}?{path.query}")

        def shown():
            return driver.execute_script("""
                const image = window.picture;
                if (!image.naturalWidth) return null;
                const canvas = document.createElement("canvas");
                canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
                canvas.getContext("2d").drawImage(image, 0, 0);
                return canvas.toDataURL("image/jpeg", 0.9);""")

        first = wait_until("a picture", shown, 15)
        wait_until("another", lambda: shown() != first, 15, 0.3)


def test_one_view_in_the_register_that_ends_with_its_link(demo, operator):
    auditor = demo.client("auditor")
    link = active(operator, demo)[-1]
    player = subprocess.Popen(
        ["curl", "-sN", "--max-time", "30", address(operator, demo.incident, link)], stdout=subprocess.PIPE)

    def rows(kind):
        return [row for row in auditor.get("views?limit=50")["items"] if row["kind"] == kind]

    try:
        started = wait_until("the row", lambda: [row for row in rows("viewStarted") if row["medium"] == "preview"
                                                 and row["cameraPoint"]["id"] == link["cameraPoint"]["id"]], 5)
        feed = f"feeds/{link['cameraPoint']['id']}/sub"
        wait_until("pictures", lambda: [viewer for viewer in operator.get(feed)["viewers"]
                                        if viewer["medium"] == "preview" and viewer["frames"] >= 2], 15)
        operator.delete(f"incidents/{demo.incident}/links/{link['id']}")
        assert player.wait(2) is not None
        ended = wait_until("its end", lambda: [row for row in rows("viewEnded") if row["viewId"] == started[0]["viewId"]], 5)
        assert ended[0]["endReason"] == "evicted" and ended[0]["bytes"] > 1_000, ended
    finally:
        player.kill()
        player.wait()
        operator.post(f"incidents/{demo.incident}/links", {
            "cameraPointId": link["cameraPoint"]["id"], "record": True, "ground": "dangerToLife", "reason": "测试后恢复"})


def test_without_a_ticket_there_is_nothing(demo, operator):
    with pytest.raises(APIError) as refused:
        operator.request("GET", urllib.parse.urljoin(demo.base, "/media/preview"))
    assert refused.value.status == 401
