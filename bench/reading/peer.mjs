// Reads pictures with zxing-wasm. A line on standard input is the path of a binary
// PGM file; the answer is a line of JSON: {"texts": [...], "ms": 12.3} or {"error": "..."}.
// Every option that makes it look harder is on.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const here = dirname(fileURLToPath(import.meta.url));
prepareZXingModule({
  overrides: { wasmBinary: readFileSync(join(here, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")).buffer },
});

const options = {
  formats: ["QRCode"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  maxNumberOfSymbols: 255,
};

// pixels unpacks a PGM file as a canvas would hold it.
function pixels(path) {
  const file = readFileSync(path);
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString("latin1", 0, 64));
  const [width, height] = [Number(head[1]), Number(head[2])];
  const grey = file.subarray(head[0].length);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = grey[i];
    data[4 * i + 3] = 255;
  }
  return { data, width, height, colorSpace: "srgb" };
}

for await (const path of createInterface({ input: process.stdin })) {
  try {
    const image = pixels(path);
    const start = performance.now();
    const found = await readBarcodes(image, options);
    const ms = performance.now() - start;
    console.log(JSON.stringify({ texts: found.filter((f) => f.isValid).map((f) => f.text), ms }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
