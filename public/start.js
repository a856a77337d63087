// Starts the browser's half of the page. If it does not start, the page stays readable and says so by a mark on the
// document, which styles and tests can see.
const { module } = document.getElementById("certlens").dataset;

import(`/pkg/${module}.js`)
  .then(async ({ default: start, hydrate }) => {
    await start({ module_or_path: `/pkg/${module}_bg.wasm` });
    hydrate();
  })
  .catch((error) => {
    document.documentElement.dataset.hydrationFailed = "";
    console.error("Certlens: the page could not be made interactive", error);
  });
