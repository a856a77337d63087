// Starts the browser's half of the page: the islands, each by the function that its element names, then the rest. If it does not
// start, the page stays readable and says so by a mark on the document, which styles and tests can see.
const { module } = document.getElementById("certlens").dataset;

import(`/pkg/${module}.js`)
  .then(async (code) => {
    await code.default({ module_or_path: `/pkg/${module}_bg.wasm` });
    code.prepare();
    for (const island of document.querySelectorAll("leptos-island")) {
      code[island.dataset.component](island);
    }
    code.take_over();
  })
  .catch((error) => {
    document.documentElement.dataset.hydrationFailed = "";
    console.error("Certlens: the page could not be made interactive", error);
  });
