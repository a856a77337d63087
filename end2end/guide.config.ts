// The pictures of docs/guide, made by `cargo xtask guide` from the same stack as the tests.
import tests from "./playwright.config";

export default { ...tests, testDir: "guide", testMatch: "pictures.ts", fullyParallel: false, workers: 1 };
