"""A browser at the console: signs in, opens an incident, waits until its cells move, takes screenshots.

As a program it checks that every cell of an incident moves and prints what the player measured, as one line of JSON:

    python3 browser.py http://127.0.0.1:8080 NAME PASSWORD --incident ID [--cells 9] [--screenshot wall.png] [--size 1920x1080]

Exit 0: all cells moved; 1: some did not (the JSON names them). Needs chromium, chromium-driver and python3-selenium.
"""

import argparse
import json
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class Console:
    """One headless Chromium; a context manager. Lengths in CSS pixels, times in seconds."""

    def __init__(self, base, size=(1920, 1080), timezone="Asia/Shanghai", driver="/usr/bin/chromedriver", browser="/usr/bin/chromium"):
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=zh-CN",
                         f"--window-size={size[0]},{size[1]}", "--force-device-scale-factor=1"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.base = base.rstrip("/")
        self.driver = webdriver.Chrome(service=Service(driver), options=options)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": timezone})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def wait(self, condition, what, seconds=15):
        """The first true value of `condition()`; TimeoutError names `what` was waited for."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds} s")
            time.sleep(0.02)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, selector, seconds=15):
        return self.wait(lambda: self.all(selector), selector, seconds)[0]

    def sign_in(self, name, password):
        self.driver.get(self.base + "/")
        self.wait_for("input[name=name]").send_keys(name)
        self.driver.find_element(By.NAME, "password").send_keys(password + Keys.ENTER)
        self.wait_for(".shell")

    def open_incident(self, incident):
        """Clicks the incident in the list, as a person does: the click is where the player's times begin."""
        selector = f'a.incident-row[href="#/incidents/{incident}"]'
        row = self.wait_for(selector)
        self.wait(lambda: "已连接" in self.all(".shell-status")[0].text, "media connection")
        row.click()
        self.wait_for(".incident-page")

    def metrics(self):
        return self.driver.execute_script("return JSON.parse(JSON.stringify(window.lookout.metrics))")

    def wait_until_moving(self, cells, frames=8, seconds=20):
        """Waits until so many cells show at least `frames` frames (a still counts two); returns the metrics either way."""
        def moving():
            found = [cell for cell in self.metrics()["cells"].values()
                     if cell["frames"] >= (2 if cell["state"] == "still" else frames)]
            return len(found) >= cells
        try:
            self.wait(moving, "moving cells", seconds)
        except TimeoutError:
            pass
        return self.metrics()

    def press(self, *keys):
        """Keys to whatever has the focus."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def screenshot(self, path):
        self.driver.save_screenshot(path)

    def complaints(self):
        """Severe entries of the browser's own log."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("name")
    parser.add_argument("password")
    parser.add_argument("--incident", required=True)
    parser.add_argument("--cells", type=int, default=1)
    parser.add_argument("--screenshot")
    parser.add_argument("--size", default="1920x1080")
    options = parser.parse_args()
    size = tuple(int(part) for part in options.size.split("x"))
    with Console(options.base, size) as console:
        console.sign_in(options.name, options.password)
        console.open_incident(options.incident)
        metrics = console.wait_until_moving(options.cells)
        if options.screenshot:
            time.sleep(1)  # the map and the lists come after the pictures
            console.screenshot(options.screenshot)
        cells = list(metrics["cells"].values())
        print(json.dumps({
            "moving": sum(1 for cell in cells if cell["frames"] > 1),
            "firstFrameMs": [cell["firstFrame"] and round(cell["firstFrame"]) for cell in cells],
            "lagMs": [cell["lag"] for cell in cells],
            "states": {cell["cameraPointId"]: cell["state"] for cell in cells},
            "complaints": console.complaints(),
        }, ensure_ascii=False))
        return 0 if sum(1 for cell in cells if cell["frames"] > 1) >= options.cells else 1


if __name__ == "__main__":
    sys.exit(main())
