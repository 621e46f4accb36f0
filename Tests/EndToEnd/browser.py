"""Chromium, headless, driven by Selenium."""
import contextlib
import os

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


@contextlib.contextmanager
def chromium(tmp_path, width=1920, height=1080):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
            "--headless=new", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--no-first-run",
            "--autoplay-policy=no-user-gesture-required", f"--window-size={width},{height}", f"--user-data-dir={tmp_path}/profile",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        driver.set_script_timeout(20)
        yield driver
    finally:
        driver.quit()


def sign_in(driver, base, account):
    driver.get(base + "/")
    wait = WebDriverWait(driver, 20)
    name = wait.until(lambda d: d.find_element(By.NAME, "name"))
    name.send_keys(account["name"])
    driver.find_element(By.NAME, "password").send_keys(account["password"])
    driver.find_element(By.CSS_SELECTOR, "form.sign-in-form button[type=submit]").click()
    wait.until(lambda d: not d.find_elements(By.CSS_SELECTOR, "form.sign-in-form"))


def metrics(driver):
    """What the player measured, by cell."""
    return driver.execute_script("return JSON.parse(JSON.stringify(window.lookout.metrics.cells))")


def complaints(driver):
    """What the console wrote at level SEVERE; a request that the gateway refused on purpose is no fault of the page."""
    return [entry["message"] for entry in driver.get_log("browser")
            if entry["level"] == "SEVERE" and "/api/v1/sessions/current" not in entry["message"]]
