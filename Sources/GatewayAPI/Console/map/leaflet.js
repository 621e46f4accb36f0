// Leaflet as the distribution ships it, loaded when the first map is shown.

let loading = null;

/** Resolves to Leaflet's namespace; rejects when the gateway does not serve it. */
export function leaflet() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/vendor/leaflet/leaflet.css";
  const script = document.createElement("script");
  script.src = "/vendor/leaflet/leaflet.js";
  try {
    await Promise.all([arrival(sheet), arrival(script)]);
  } catch {
    sheet.remove();
    script.remove();
    throw Object.assign(new Error("地图组件没有载入"), { code: "unavailable", remedy: "请系统管理员在网关上安装 libjs-leaflet；不影响播放" });
  }
  return globalThis.L;
}

function arrival(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve, { once: true });
    element.addEventListener("error", reject, { once: true });
    // Before the console's own sheets, which refine it.
    document.head.prepend(element);
  });
}
