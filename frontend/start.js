// Starts the browser's half of the page: the islands, each by the function that its element names, then the rest. Where the
// page's files are is written on its root: their names change with their content, this file knows none. If the browser's half does
// not start, the page stays readable and says so by a mark on the document, which styles and tests can see.
const { script, wasm } = document.getElementById("certlens").dataset;

import(script)
  .then(async (code) => {
    await code.default({ module_or_path: wasm });
    code.prepare();
    const awake = new WeakSet();
    const wake = () => {
      for (const island of document.querySelectorAll("leptos-island")) {
        if (!awake.has(island)) {
          awake.add(island);
          code[island.dataset.component](island);
        }
      }
    };
    wake();
    // A screen of the monitor that was swapped in may bring islands with it.
    document.addEventListener("certlens-islands", wake);
    code.take_over();
  })
  .catch((error) => {
    document.documentElement.dataset.hydrationFailed = "";
    console.error("Certlens: the page could not be made interactive", error);
  });
