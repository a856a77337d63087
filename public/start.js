// Starts the browser's half of the page. If it does not start, the page stays readable and says so by a mark on the
// document, which styles and tests can see.
import start, { hydrate } from "/pkg/certlens.js";

start({ module_or_path: "/pkg/certlens_bg.wasm" })
  .then(() => hydrate())
  .catch((error) => {
    document.documentElement.dataset.hydrationFailed = "";
    console.error("Certlens: the page could not be made interactive", error);
  });
