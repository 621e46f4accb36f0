"""A camera with sound, from its microphone to a browser's decoder; carried only where the point says so."""
import subprocess

import pytest
from browser import chromium, complaints, metrics, sign_in
from gateway import wait_until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from test_console import account
from test_foreign_camera import ForeignCamera, reachable, register
from test_incident import SPOT

# Notes when a flash and when a beep begins, as they leave the browser.
LISTEN = """
    const video = document.querySelector("lookout-cell.is-expanded video");
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 256;
    context.createMediaElementSource(video).connect(analyser);
    const canvas = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
    const samples = new Float32Array(analyser.fftSize);
    window.heard = { flashes: [], beeps: [] };
    let bright = true, loud = true;
    const note = (list, now, before) => { if (now && !before) list.push(performance.now()); return now; };
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      loud = note(heard.beeps, samples.some((sample) => Math.abs(sample) > 0.05), loud);
      canvas.drawImage(video, 0, 0, 8, 8);
      bright = note(heard.flashes, canvas.getImageData(4, 4, 1, 1).data[0] > 128, bright);
    }, 5);"""


def flashing_clip(path):
    """Each second a flash and a beep of 0.2 s, for two minutes."""
    subprocess.run([
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i",
        "color=c=black:s=320x180:r=25:d=120,drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t,1),0.2)'",
        "-f", "lavfi", "-i", r"aevalsrc=exprs='if(lt(mod(t\,1)\,0.2)\,0.8*sin(880*2*PI*t)\,0)':s=16000:d=120",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "0", "-c:a", "aac", "-b:a", "48k", path], check=True, timeout=60)
    return str(path)


@pytest.fixture(params=["aac", "pcma", "pcmu"])
def sounding(demo, operator, tmp_path, request):
    """(incident, link, point, the camera's codec) of a point that carries its sound."""
    camera = ForeignCamera("--audio", request.param, "--file", flashing_clip(tmp_path / "clip.mp4"))
    administrator = demo.client("administrator")
    point = register(administrator, camera.url(), 7_001, {"音频": "是"})
    wait_until("probe", lambda: reachable(administrator, point), 30, 1)
    incident = operator.post("incidents", {
        "title": "有声", "category": "traffic", "level": None, "location": SPOT, "address": "", "isDrill": False, "ground": None})
    link = operator.post(f"incidents/{incident['id']}/links", {
        "cameraPointId": point["id"], "record": False, "ground": "accident", "reason": "测试"})
    yield f"incidents/{incident['id']}", link, point, request.param
    administrator.delete(f"camera-points/{point['id']}")
    camera.close()


def probed(url, *options):
    result = subprocess.run(
        ["ffprobe", "-v", "error", *options, "-read_intervals", "%+2", "-show_entries", "stream=codec_name,sample_rate", "-of",
         "csv=p=0", url], capture_output=True, text=True, timeout=40, check=False)
    # Of HLS each stream is named twice, once in its program.
    return sorted({line.strip(",") for line in result.stdout.split()})


def test_every_output_carries_it(operator, sounding):
    path, link, point, sound = sounding

    def ticket():
        return operator.post(f"{path}/links/{link['id']}/tickets", {"purpose": "incident", "stream": "main"})

    # As the camera sends it by RTSP, and AAC everywhere else.
    carried = ["h264", {"aac": "aac,16000", "pcma": "pcm_alaw,8000", "pcmu": "pcm_mulaw,8000"}[sound]]
    assert probed(ticket()["rtsp"], "-rtsp_transport", "tcp") == sorted(carried)
    assert probed(ticket()["rtsp"], "-rtsp_transport", "udp") == sorted(carried)
    both = ["aac,16000" if sound == "aac" else "aac,8000", "h264"]
    assert probed(ticket()["live"]) == both
    assert probed(ticket()["hls"]) == both
    feed = next(feed for feed in operator.get("feeds")["items"] if feed["feed"].startswith(point["id"]))
    assert feed["audio"] == sound.upper()
    assert "mp4a.40.2" in ticket()["mimeType"]


def test_a_browser_hears_it_when_asked_and_in_step(demo, sounding, tmp_path):
    with chromium(tmp_path) as driver:
        sign_in(driver, demo.base, account(demo, "operator"))
        driver.get(f"{demo.base}/#/{sounding[0]}")
        wait_until("a live cell", lambda: any(cell["state"] == "live" for cell in metrics(driver).values()), 30)
        driver.find_element(By.CSS_SELECTOR, "lookout-cell[data-state=live]").click()
        keys = ActionChains(driver)
        keys.send_keys("f").perform()

        def button():
            return driver.execute_script("return document.querySelector('lookout-cell.is-expanded .cell-sound')?.textContent")

        def video(what):
            return driver.execute_script(f"return document.querySelector('lookout-cell.is-expanded video').{what}")

        wait_until("sound that is there and off", lambda: button() == "♪ 声音：关", 20)
        assert video("muted")
        keys.send_keys("m").perform()
        wait_until("sound that is on", lambda: button() == "♪ 声音：开" and not video("muted"), 5)
        decoded = video("webkitAudioDecodedByteCount")
        wait_until("more decoded sound", lambda: video("webkitAudioDecodedByteCount") > decoded > 0, 10)

        wait_until("the live edge", lambda: all(cell["rate"] == 1 for cell in metrics(driver).values()), 30)
        driver.execute_script(LISTEN)
        heard = wait_until("six of each", lambda: (now := driver.execute_script("return window.heard")) and min(
            len(now["flashes"]), len(now["beeps"])) >= 6 and now, 20, 0.5)
        late = sorted(min((beep - flash for beep in heard["beeps"]), key=abs) for flash in heard["flashes"][1:-1])
        print(f"sound after picture, ms: {[round(each) for each in late]}")
        assert abs(late[len(late) // 2]) < 100, heard

        keys.send_keys("f").perform()
        assert driver.execute_script("return [...document.querySelectorAll('lookout-cell video')].every((video) => video.muted)")
        assert not complaints(driver)
